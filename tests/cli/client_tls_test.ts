import assert from "node:assert/strict";
import { runOpsen } from "../e2e/opsen_process.ts";

Deno.test("a file of an authority that can't be used ends the client with 64 before anything is sent", async () => {
  const stateDir = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await runOpsen([
      ...["client", "--server-ca-file", "/dev/null"],
      ...["--server", "http://127.0.0.1:1", "--state-dir", stateDir],
    ]);
    assert.equal(code, 64);
    assert.match(
      stdout + stderr,
      /ERROR .*Cannot use server_ca_file "\/dev\/null": found no certificate/,
    );
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
});
