/** In which order the events of one batch are told, and what comes before the next. */
import assert from "node:assert/strict";
import type { Socket } from "../../../src/edge/driver.ts";
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
