import assert from "node:assert/strict";
import { runOpsen } from "./opsen_process.ts";
import { ServerHome } from "./server_home.ts";

const PAGE = 4096;

Deno.test("a server that starts on a damaged database sets it aside by name, and its clients fill a fresh one", async () => {
  await using home = new ServerHome();
  {
    await using server = await home.start();
    await server.join("before");
    // A good end leaves no log beside the file, from which everything could be read still.
    await server.process.stop();
  }
  damage(home.databasePath);
  {
    await using server = await home.start();
    const { store, total_clients: total } = await server.health();
    assert.deepEqual([store?.status, total], ["ok", 0]);
    await server.join("after");
    assert.equal((await server.place("small")).client_id, "after");
    const { stdout, stderr } = server.process.output();
    const name = /opsen db check --db (\S+\.damaged-\d{8}T\d{6}Z)/
      .exec(stdout + stderr)?.[1];
    assert.ok(name !== undefined, stdout + stderr);
    const looked = await runOpsen(["db", "check", "--db", name]);
    assert.equal(looked.code, 65);
    assert.match(looked.stdout, /is damaged/);
    const fresh = await runOpsen(["db", "check", "--db", home.databasePath]);
    assert.equal(fresh.code, 1, "usable, with the damaged one beside it");
    await server.cut();
  }
  await using server = await home.start();
  assert.deepEqual([...(await server.clients()).keys()], ["after"]);
});

/** Leaves the header and nothing else. */
function damage(path: string): void {
  using file = Deno.openSync(path, { write: true });
  const { size } = file.statSync();
  file.seekSync(PAGE, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(size - PAGE).fill(0x5a));
}
