import assert from "node:assert/strict";
import { runOpsen, startOpsen } from "../e2e/opsen_process.ts";
import { freePort } from "../free_port.ts";

Deno.test("a wrong configuration of the client ends with 64 and every problem", async () => {
  const { code, stdout, stderr } = await runOpsen([
    "client",
    "-server",
    "nowhere",
    "-window=0",
  ], { env: { OPSEN_CLIENT_ID: "a b" } });
  assert.deepEqual([code, stdout], [64, ""]);
  assert.deepEqual(stderr.split("\n"), [
    '--server-url: found "nowhere", wanted an http or https URL such as http://10.0.0.5:8080',
    'OPSEN_CLIENT_ID: found "a b", wanted an id of at most 128 letters, digits, ".", "_", ":" and "-", or "" for none',
    '--window-minutes: found "0", wanted a whole number from 1 to 1440',
    "",
  ]);
});

Deno.test("the client runs with the flags of the Go program, and ends on SIGTERM with 0", async () => {
  const stateDir = Deno.makeTempDirSync();
  try {
    const args = [
      "client",
      "-server",
      `http://127.0.0.1:${freePort()}`,
      "-interval",
      "5",
      "-disk",
      "/",
      "-id",
      "machine-1",
    ];
    await using client = await startOpsen(args, {
      env: { OPSEN_STATE_DIR: stateDir },
    });
    await client.said(/register/i);
    const { code } = await client.stop();
    assert.equal(code, 0);
  } finally {
    Deno.removeSync(stateDir, { recursive: true });
  }
});

Deno.test("a key file that can't be used ends the client with 64 before anything is sent", async () => {
  const { code, stdout, stderr } = await runOpsen([
    ...["client", "--server-key-file", "/dev/null"],
  ]);
  assert.equal(code, 64);
  assert.match(
    stdout + stderr,
    /ERROR .*Cannot use server_key_file "\/dev\/null": it is empty/,
  );
});
