import assert from "node:assert/strict";
import { runOpsen } from "./opsen_process.ts";
import { ServerHome } from "./server_home.ts";

Deno.test("a key in a file opens, another content of the file opens after a reload, and a key that was made lives until it is revoked", async () => {
  await using home = new ServerHome();
  const file = `${home.folder}/server_key`;
  const writeKey = (key: string) =>
    Deno.writeTextFile(file, `${key}\n`, { mode: 0o600 });
  await writeKey("first-key");
  const yaml = `server_key_file: ${file}\n`;
  await using server = await home.start(yaml);
  const opsen = (key: string, ...args: string[]) =>
    runOpsen(args, {
      env: { OPSEN_SERVER_URL: server.url, OPSEN_API_KEY: key },
    });
  const statusWith = async (key: string) =>
    (await server.get("/clients", { "x-api-key": key })).status;
  assert.equal((await server.get("/clients")).status, 401);
  assert.equal(await statusWith("first-key"), 200);

  const made = await opsen(
    ...["first-key", "keys", "create", "ci", "--scopes", "read"],
  );
  assert.equal(made.code, 0, made.stderr);
  const key = made.stdout.trimEnd();
  assert.equal(await statusWith(key), 200);
  assert.equal((await opsen(key, "keys")).code, 1, "the scope is missing");

  await writeKey("second-key");
  assert.equal((await opsen("first-key", "reload")).code, 0);
  assert.equal(await statusWith("first-key"), 403);
  assert.equal(await statusWith("second-key"), 200);
  await writeKey("");
  const refused = await opsen("second-key", "reload");
  assert.notEqual(refused.code, 0);
  assert.equal(await statusWith("second-key"), 200);

  await writeKey("second-key");
  await server.process.stop();
  await using again = await home.start(yaml);
  const sent = (key: string) => again.get("/clients", { "x-api-key": key });
  assert.equal((await sent(key)).status, 200);
  const revoked = await runOpsen(["keys", "revoke", "ci"], {
    env: { OPSEN_SERVER_URL: again.url, OPSEN_API_KEY: "second-key" },
  });
  assert.equal(revoked.code, 0, revoked.stderr);
  assert.equal((await sent(key)).body.code, "key_revoked");
  const { stdout, stderr } = again.process.output();
  assert.ok(
    ![key, "second-key"].some((secret) =>
      (stdout + stderr + server.process.output().stderr).includes(secret)
    ),
  );
});
