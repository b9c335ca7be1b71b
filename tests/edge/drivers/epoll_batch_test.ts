/** In which order the events of one batch are told, and what comes before the next. */
import assert from "node:assert/strict";
import type { Socket } from "../../../src/edge/driver.ts";
import { EVENTS_MAX } from "../../../src/edge/drivers/epoll/poller.ts";
import { EpollStage, HAS_EPOLL } from "./epoll_stage.ts";
import { bytesOf, send, settled } from "./traffic.ts";

Deno.test({
  name: "epoll: unix sockets, where the control plane is, are told first",
  ignore: !HAS_EPOLL,
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/s`;
    {
      await using stage = new EpollStage();
      using listener = Deno.listen({ transport: "unix", path });
      const order: string[] = [];
      const both: Socket[] = [];
      const tcp = await stage.accepted({ onBytes: () => order.push("tcp") });
      const trigger = await stage.accepted({
        // From within the loop, so that one batch tells of both, the TCP socket ready first.
        onBytes: () => both.forEach((socket) => socket.resume()),
      });
      const recorder = stage.recorder({ onBytes: () => order.push("unix") });
      const unix = stage.driver.connect({ kind: "unix", path }, recorder);
      const peer = stage.keep(await listener.accept());
      await recorder.untilEvent("connected");
      both.push(tcp.socket, unix);
      for (const socket of both) socket.pause(false);
      await send(tcp.peer, bytesOf("x"));
      await send(peer, bytesOf("x"));
      await settled();
      assert.deepEqual(order, []);
      await send(trigger.peer, bytesOf("go"));
      await recorder.untilBytes(1);
      await tcp.recorder.untilBytes(1);
      assert.deepEqual(order, ["unix", "tcp"]);
    }
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name:
    "epoll: what waits for the end of a turn has it before the next batch is told",
  ignore: !HAS_EPOLL,
  async fn() {
    await using stage = new EpollStage();
    const order: string[] = [];
    const held: Socket[] = [];
    const tcp = await stage.accepted({ onBytes: () => order.push("tcp") });
    const trigger = await stage.accepted({
      onBytes: () => {
        stage.driver.waitingForTurn(1);
        setImmediate(() => {
          order.push("turn");
          stage.driver.waitingForTurn(-1);
        });
        held.forEach((socket) => socket.resume());
      },
    });
    held.push(tcp.socket);
    tcp.socket.pause(false);
    await send(tcp.peer, bytesOf("x"));
    await settled();
    await send(trigger.peer, bytesOf("go"));
    await tcp.recorder.untilBytes(1);
    assert.deepEqual(order, ["turn", "tcp"]);
  },
});

Deno.test({
  name:
    "epoll: in a crowd of sockets with much to move, one with little is not told last",
  ignore: !HAS_EPOLL,
  async fn() {
    await using stage = new EpollStage();
    const order: string[] = [];
    const held: Socket[] = [];
    const crowd = [];
    for (let i = 0; i < EVENTS_MAX * 2; i++) {
      const heavy = await stage.accepted({
        onBytes: () => {
          order.push("heavy");
          // As long as all of them together may take between two batches.
          stage.advance(1);
        },
      });
      // Nobody takes what is written, so it is cut short.
      const much = new Uint8Array(4 * 1024 * 1024);
      assert.ok(heavy.socket.write(much, 0, much.length) < much.length);
      crowd.push(heavy);
    }
    const light = await stage.accepted({ onBytes: () => order.push("light") });
    const trigger = await stage.accepted({
      onBytes: () => held.forEach((socket) => socket.resume()),
    });
    const all = [...crowd, light];
    held.push(...all.map(({ socket }) => socket));
    for (const { socket, peer } of all) {
      socket.pause(false);
      await send(peer, bytesOf("x"));
    }
    await settled();
    assert.equal(order.length, 0);
    await send(trigger.peer, bytesOf("go"));
    for (const { recorder } of all) await recorder.untilBytes(1);
    assert.equal(order.length, all.length);
    const before = order.indexOf("light");
    assert.ok(before < 10, `${before} of ${crowd.length} were told before it`);
  },
});

Deno.test({
  name: "epoll: the kernel keeps little for a caller that takes nothing",
  ignore: !HAS_EPOLL,
  async fn() {
    await using stage = new EpollStage();
    const { socket } = await stage.accepted();
    const much = new Uint8Array(16 * 1024 * 1024);
    const taken = socket.write(much, 0, much.length);
    // What the caller's own window takes is its affair; without a bound it is several times as much.
    assert.ok(taken < 1024 * 1024, `${taken} octets were taken`);
  },
});
