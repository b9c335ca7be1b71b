/** Level-triggered events come again and again until they are dealt with: none may keep the loop turning. */
import assert from "node:assert/strict";
import { selfSigned } from "./deno/certificates.ts";
import { EpollStage, HAS_EPOLL } from "./epoll_stage.ts";
import { unprepared } from "./tls_stage.ts";
import { bytesOf, readAll, send, settled } from "./traffic.ts";

/** A few waits begin and end by themselves; a loop that spins turns tens of thousands of times. */
const READS_MAX = 40;
const WATCH_MS = 200;

function quietTest(
  name: string,
  run: (stage: EpollStage) => Promise<void>,
): void {
  Deno.test({
    name: `epoll: the loop is quiet ${name}`,
    ignore: !HAS_EPOLL,
    async fn() {
      await using stage = new EpollStage();
      await run(stage);
    },
  });
}

async function assertQuiet(stage: EpollStage): Promise<void> {
  const reads = await stage.clockReads(WATCH_MS);
  assert.ok(reads <= READS_MAX, `the loop turned for nothing: ${reads}`);
}

quietTest("while a connection is idle", async (stage) => {
  const { socket, peer } = await stage.accepted();
  await assertQuiet(stage);
  socket.write(bytesOf("x"), 0, 1);
  socket.finish();
  assert.equal((await readAll(peer)).length, 1);
});

quietTest("while an encrypted connection is idle", async (stage) => {
  const upstreamTls = { caCerts: [], skipVerify: true };
  await using driver = unprepared(stage.driver, { upstreamTls });
  await driver.prepare();
  const { port } = driver.listen(
    { hostname: "127.0.0.1", port: 0, tls: selfSigned() },
    () => stage.recorder(),
  );
  const recorder = stage.recorder();
  driver.connect(
    { kind: "tls", ip: "127.0.0.1", port, serverName: "a.test" },
    recorder,
  );
  await recorder.untilEvent("connected");
  await assertQuiet(stage);
});

for (const watch of [false, true]) {
  quietTest(
    `while a pause (watch: ${watch}) leaves bytes unread`,
    async (stage) => {
      const { socket, recorder, peer } = await stage.accepted();
      socket.pause(watch);
      await send(peer, bytesOf("hello"));
      await assertQuiet(stage);
      assert.equal(recorder.byteCount, 0);
      socket.resume();
      await recorder.untilBytes(5);
    },
  );

  quietTest(
    `after both ends finished during a pause (watch: ${watch}), and no byte is lost`,
    async (stage) => {
      const { socket, recorder, peer } = await stage.accepted();
      socket.pause(watch);
      await send(peer, bytesOf("hello"));
      await peer.closeWrite();
      socket.finish();
      await readAll(peer);
      await assertQuiet(stage);
      assert.deepEqual(recorder.events, watch ? ["hangup"] : []);
      socket.resume();
      await recorder.untilEvent("end");
      assert.equal(recorder.text, "hello");
      await assertQuiet(stage);
      assert.deepEqual(recorder.events, watch ? ["hangup", "end"] : ["end"]);
    },
  );

  quietTest(
    `after a unix peer closed during a pause (watch: ${watch}), and no byte is lost`,
    async (stage) => {
      const path = await Deno.makeTempFile();
      await Deno.remove(path);
      using listener = Deno.listen({ transport: "unix", path });
      const recorder = stage.recorder();
      const socket = recorder.watch(
        stage.driver.connect({ kind: "unix", path }, recorder),
      );
      const peer = await listener.accept();
      await recorder.untilEvent("connected");
      socket.pause(watch);
      await send(peer, bytesOf("hello"));
      peer.close();
      await assertQuiet(stage);
      socket.resume();
      await recorder.untilEvent("end");
      assert.equal(recorder.text, "hello");
      await assertQuiet(stage);
      socket.write(bytesOf("?"), 0, 1);
      await recorder.untilEvent("gone:reset");
      await Deno.remove(path);
    },
  );
}

quietTest("after the peer ended and we did not", async (stage) => {
  const { recorder, peer } = await stage.accepted();
  await peer.closeWrite();
  await recorder.untilEvent("end");
  await assertQuiet(stage);
});

quietTest(
  "while a write waits for a peer that does not read",
  async (stage) => {
    const { socket, recorder } = await stage.accepted();
    const much = new Uint8Array(16 * 1024 * 1024);
    assert.ok(socket.write(much, 0, much.length) < much.length);
    await settled();
    await assertQuiet(stage);
    assert.deepEqual(recorder.events, []);
  },
);

quietTest("after a reset during a pause, which is told once", async (stage) => {
  const first = await stage.accepted();
  // The other end is the driver's too: it can send a reset.
  const { listening, next } = stage.listen();
  const caller = stage.connect(listening.port);
  const taken = await next();
  await caller.recorder.untilEvent("connected");
  taken.socket.pause(false);
  caller.socket.abort();
  await taken.recorder.untilEvent("gone:reset");
  await assertQuiet(stage);
  assert.deepEqual(taken.recorder.events, ["gone:reset"]);
  first.socket.abort();
});

quietTest("and does not run at all when nothing is open", async (stage) => {
  const { socket } = await stage.accepted();
  await stage.clockReads(0);
  const before = stage.reads;
  socket.abort();
  await settled();
  assert.ok(stage.reads > before, "the wait was left hanging");
  assert.equal(await stage.clockReads(WATCH_MS), 0);
});
