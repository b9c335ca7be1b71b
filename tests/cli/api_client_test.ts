import assert from "node:assert/strict";
import { opsen } from "./fake_shell.ts";

Deno.test("neither a key nor a password is shown when it can't be used", async () => {
  const cases = [
    [{ OPSEN_API_KEY: "hush\nhush" }, ["route", "--tier", "small"]],
    [{ OPSEN_SERVER_URL: "http://me:hush@127.0.0.1:1/" }, ["clients"]],
    [{ OPSEN_SERVER_URL: "ftp://me:hush@127.0.0.1/" }, ["health"]],
  ] as const;
  for (const [env, args] of cases) {
    const { code, out, err } = await opsen(args, env);
    assert.equal(code, 64);
    assert.match(err, /wanted/);
    assert.doesNotMatch(out + err, /hush/);
  }
});
