/** The system gives the lowest free descriptor, so a closed one comes back at once: it must be another socket. */
import assert from "node:assert/strict";
import type { Socket } from "../../../src/edge/driver.ts";
import { EpollSocket } from "../../../src/edge/drivers/epoll/epoll_socket.ts";
import { descriptorCount } from "../../ffi/loopback.ts";
import { EpollStage, HAS_EPOLL } from "./epoll_stage.ts";
import type { Recorder } from "./recorder.ts";
import { bytesOf, readUntilOver, send, settled } from "./traffic.ts";

Deno.test({
  name:
    "epoll: a late event of a closed socket does not reach the one that was given its descriptor in the same batch",
  ignore: !HAS_EPOLL,
  async fn() {
    await using stage = new EpollStage();
    const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = closed.addr.port;
    closed.close();
    const attempts: { fd: number; recorder: Recorder }[] = [];
    const sockets: Socket[] = [];
    const served: number[] = [];
    // Accepted without a watching wrapper, so that descriptors can be compared.
    const listening = stage.listenWith((socket) => {
      const index = sockets.push(socket) - 1;
      const recorder = stage.recorder({
        onBytes() {
          if (index === 0) {
            // Both have bytes unread, so one batch tells of both.
            sockets[1]?.resume();
            sockets[2]?.resume();
            return;
          }
          served.push(index);
          const other = sockets[3 - index];
          assert.ok(other instanceof EpollSocket);
          other.abort();
          const attempt = stage.recorder();
          const again = stage.driver.connect(
            { kind: "tcp", ip: "127.0.0.1", port },
            attempt,
          );
          assert.ok(again instanceof EpollSocket);
          assert.equal(again.fd, other.fd);
          attempts.push({ fd: again.fd, recorder: attempt });
        },
      });
      if (index > 0) socket.pause(false);
      return recorder;
    });
    const peers: Deno.TcpConn[] = [];
    for (let index = 0; index < 3; index++) {
      peers.push(await stage.call(listening.port));
      while (sockets.length <= index) await settled();
    }
    const [first, ...others] = peers;
    assert.ok(first !== undefined);
    for (const peer of others) await send(peer, bytesOf("x"));
    await settled();
    await send(first, bytesOf("go"));
    while (attempts.length === 0) await settled();
    await attempts[0]?.recorder.untilEvent("gone:refused");
    assert.equal(served.length, 1);
    assert.equal(attempts.length, 1);
    assert.deepEqual(attempts[0]?.recorder.events, ["gone:refused"]);
  },
});

Deno.test({
  name: "epoll: connections that end in every way leave no descriptor behind",
  ignore: !HAS_EPOLL,
  async fn() {
    const before = descriptorCount();
    {
      await using stage = new EpollStage();
      const ways: ((socket: Socket) => void)[] = [
        (socket) => socket.close(),
        (socket) => socket.abort(),
        (socket) => {
          socket.write(bytesOf("bye"), 0, 3);
          socket.finish();
          socket.close();
        },
        (socket) => {
          socket.pause(true);
          socket.close();
        },
        () => {
          throw new Error("A handler that fails");
        },
      ];
      const opened = descriptorCount();
      const { listening } = stage.listen();
      listening.close();
      let taken = 0;
      const { port } = stage.listenWith((socket) => {
        const way = ways[taken++ % ways.length];
        return stage.recorder({ onBytes: () => way?.(socket) });
      });
      for (let round = 0; round < 40; round++) {
        await Promise.all(ways.map(async () => {
          using peer = await Deno.connect({ hostname: "127.0.0.1", port });
          await send(peer, bytesOf("x"));
          await readUntilOver(peer);
        }));
      }
      while (descriptorCount() > opened + 1) await settled();
      assert.equal(taken, 40 * ways.length);
    }
    assert.equal(descriptorCount(), before);
  },
});
