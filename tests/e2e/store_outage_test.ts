import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import { registerMessage } from "./machine_messages.ts";
import { runOpsen } from "./opsen_process.ts";
import { ServerHome } from "./server_home.ts";

const STICKY = "sticky_header: X-Session-ID\n";
/** Callers of each kind while the database is locked: more than a batch of the store. */
const CALLERS = 150;

Deno.test("while another process locks the database all is answered, and afterwards it is stored", async () => {
  await using home = new ServerHome();
  const late = Array.from({ length: CALLERS }, (_, i) => `late-${i}`);
  {
    await using server = await home.start(STICKY);
    await server.join("early", { cores: 512, memoryGb: 512 });
    {
      await using _lock = await lock(home.databasePath);
      // All of this is answered before the lock ends, or this test never gets to its end.
      for (const message of late.map((id) => registerMessage(id))) {
        const { status, body } = await server.post("/register", message);
        assert.deepEqual(
          [status, body],
          [200, { status: "registered", durable: false }],
        );
      }
      await server.report("early", { cores: 512, memoryGb: 1024 });
      await server.report("late-0", { busyPct: 70 });
      await Promise.all(late.map(async (id) => {
        const headers = { "x-session-id": `session ${id}` };
        const placed = await server.place("small", headers);
        assert.deepEqual(
          [placed.client_id, placed.durable],
          ["early", false],
        );
      }));
      assert.equal((await server.place("small")).durable, false);

      const { status, store } = await server.health();
      assert.deepEqual([status, store?.status], ["healthy", "degraded"]);
      assert.equal((await server.get("/_opsen/readyz")).status, 200);
      const told = await runOpsen(["health", "--server", server.url]);
      assert.equal(told.code, 1);
      assert.match(
        told.stdout,
        /^OPSEN WARNING - 151 of 151 backends active: the database takes no writes since \d{4}-.*lock.*\n$/,
      );
    }
    await eventually(
      "the store to recover by itself",
      async () => (await server.health()).store?.status === "ok",
    );
    await server.process.said(/INFO {2}store: The database takes writes again/);
    const { stdout, stderr } = server.process.output();
    assert.match(stdout + stderr, /ERROR store: .*locked by another process/);
    assert.doesNotMatch(stdout + stderr, /\n +at /);

    const again = await server.post("/register", registerMessage("after"));
    assert.deepEqual(again.body, { status: "registered" });
    await server.cut();
  }
  await using server = await home.start(STICKY);
  const clients = await server.clients();
  assert.deepEqual(
    [...clients.keys()].toSorted(),
    ["after", "early", ...late].toSorted(),
  );
  assert.equal(clients.get("early")?.memory_total_gb, 1024);
  // Now the better one, but the sessions have theirs.
  await server.report("after", { cores: 512, memoryGb: 512 });
  await server.report("early", { cores: 512, memoryGb: 512, busyPct: 50 });
  for (const id of late) {
    const headers = { "x-session-id": `session ${id}` };
    assert.equal((await server.place("small", headers)).client_id, "early");
  }
  assert.equal((await server.place("small")).client_id, "after");
});

Deno.test("a server that starts on a database it can't even read decides, and takes back what it held once it can", async () => {
  await using home = new ServerHome();
  {
    await using server = await home.start(STICKY);
    await server.join("old", { memoryFreeGb: 16 });
    const placed = await server.place("small", { "x-session-id": "alice" });
    assert.equal(placed.client_id, "old");
  }
  await using server = await (async () => {
    await using _lock = await lock(home.databasePath, "unreadable");
    const server = await home.start(STICKY);
    const { store, total_clients: total } = await server.health();
    assert.deepEqual([store?.status, total], ["degraded", 0]);
    const { body } = await server.post("/register", registerMessage("new"));
    assert.deepEqual(body, { status: "registered", durable: false });
    await server.report("new");
    assert.equal((await server.place("small")).client_id, "new");
    return server;
  })();
  await eventually(
    "what the database holds",
    async () =>
      (await server.health()).store?.status === "ok" &&
      (await server.clients()).has("old"),
  );
  const alice = await server.place("small", { "x-session-id": "alice" });
  assert.equal(alice.client_id, "old");
});

/** Holds the database's lock in a process of its own until it is disposed of. */
async function lock(
  path: string,
  ...mode: readonly "unreadable"[]
): Promise<AsyncDisposable> {
  const script = fileURLToPath(new URL("./lock_child.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-write", script, path, ...mode],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.getReader();
  const { value } = await output.read();
  assert.equal(new TextDecoder().decode(value), "locked\n");
  return {
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await output.cancel();
      await child.status;
    },
  };
}
