/** Closing waits for the peer, but not for ever and not for everything. */
import assert from "node:assert/strict";
import {
  LINGER_BYTES_MAX,
  LINGER_MS,
} from "../../../src/edge/drivers/epoll/lingering_socket.ts";
import { descriptorCount } from "../../ffi/loopback.ts";
import { EpollStage, HAS_EPOLL } from "./epoll_stage.ts";
import { bytesOf, readAll, settled } from "./traffic.ts";

/** What is thrown away and what both ends' buffers hold; a tiny part of what passes until the time is up. */
const SENT_MAX = LINGER_BYTES_MAX + 32 * 1024 * 1024;

function closeTest(
  name: string,
  run: (stage: EpollStage) => Promise<void>,
): void {
  Deno.test({
    name: `epoll: ${name}`,
    ignore: !HAS_EPOLL,
    async fn() {
      await using stage = new EpollStage();
      await run(stage);
    },
  });
}

closeTest(
  "a peer that goes on sending still reads the last words of a socket that closed",
  async (stage) => {
    const { socket, peer } = await stage.accepted({
      onBytes() {
        socket.write(bytesOf("no"), 0, 2);
        socket.close();
      },
    });
    const sent = (async () => {
      for (let count = 0; count < 8; count++) {
        await peer.write(new Uint8Array(32 * 1024));
        await settled();
      }
      await peer.closeWrite();
    })();
    await sent;
    assert.deepEqual(await readAll(peer), bytesOf("no"));
  },
);

closeTest("a peer that never stops sending is cut off", async (stage) => {
  const { socket, peer } = await stage.accepted();
  socket.close();
  const bytes = new Uint8Array(256 * 1024);
  let sent = 0;
  await assert.rejects(async () => {
    while (sent < SENT_MAX) sent += await peer.write(bytes);
  }, `${sent} bytes were taken`);
});

closeTest(
  "a peer that never ends holds no descriptor for long",
  async (stage) => {
    const { socket, peer } = await stage.accepted();
    const before = descriptorCount();
    socket.close();
    await settled();
    assert.equal(descriptorCount(), before);
    stage.advance(LINGER_MS + 1);
    while (descriptorCount() >= before) await settled();
    assert.equal((await readAll(peer)).length, 0);
  },
);

closeTest(
  "disposing does not wait for peers of closed sockets",
  async (stage) => {
    const { socket } = await stage.accepted();
    const before = descriptorCount();
    socket.close();
    await stage.driver[Symbol.asyncDispose]();
    assert.ok(descriptorCount() < before);
  },
);

closeTest(
  "a driver may be disposed of twice, and serves nobody afterwards",
  async (stage) => {
    const { driver } = stage;
    await Promise.all([
      driver[Symbol.asyncDispose](),
      driver[Symbol.asyncDispose](),
    ]);
    assert.throws(() => stage.connect(1), /disposed/);
    assert.throws(() => stage.listen(), /disposed/);
  },
);

Deno.test({
  name: "epoll: a program ends by itself once nothing is open",
  ignore: !HAS_EPOLL,
  async fn() {
    const driver = new URL(
      "../../../src/edge/drivers/epoll/open_epoll_driver.ts",
      import.meta.url,
    );
    const program = `
      import { openEpollDriver } from ${JSON.stringify(driver)};
      const driver = openEpollDriver({ logger: undefined, now: () => performance.now() });
      const listening = driver.listen({ hostname: "127.0.0.1", port: 0 }, () => undefined);
      setTimeout(() => { listening.close(); console.log("closed"); }, 100);`;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", program],
      cwd: new URL("../../../", import.meta.url),
      signal: AbortSignal.timeout(20_000),
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "closed\n");
    assert.equal(code, 0);
  },
});
