/** The contract of a driver: resets by the peer. The peers are Node's, because only they can send one at will. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { ContractTest, Stage } from "./stage.ts";
import { bytesOf, settled } from "./traffic.ts";
import type { Recorder } from "./recorder.ts";

/** Registers the tests. */
export function resetContract(test: ContractTest): void {
  for (const meet of [takeCaller, callPeer]) {
    const direction = meet === takeCaller ? "accepted" : "outgoing";
    for (const isBusy of [false, true]) {
      const state = isBusy ? "while it writes" : "while it is quiet";
      test(`a reset that reaches an ${direction} socket ${state} is told once`, async (stage) => {
        const { recorder, socket, peer } = await meet(stage);
        const much = new Uint8Array(24 * 1024 * 1024);
        if (isBusy) {
          peer.pause();
          assert.ok(socket.write(much, 0, much.length) < much.length);
          await settled();
        }
        peer.resetAndDestroy();
        await recorder.untilEvent("gone:reset");
        await settled();
        assert.deepEqual(
          recorder.events.filter((event) =>
            event === "end" || event.startsWith("gone:")
          ),
          ["gone:reset"],
        );
        assert.equal(socket.write(bytesOf("unheard"), 0, 7), 7);
        socket.close();
      });
    }
  }
}

async function takeCaller(stage: Stage): Promise<Met> {
  const { listening, next } = stage.listen();
  const peer = connect(listening.port, "127.0.0.1");
  peer.on("error", () => {});
  await once(peer, "connect");
  return { ...await next(), peer };
}

async function callPeer(stage: Stage): Promise<Met> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const met = once(server, "connection");
  const called = stage.connect(address.port);
  const [peer] = await met;
  peer.on("error", () => {});
  server.close();
  await called.recorder.untilEvent("connected");
  return { ...called, peer };
}

interface Met {
  readonly socket: ReturnType<Recorder["watch"]>;
  readonly recorder: Recorder;
  readonly peer: Socket;
}
