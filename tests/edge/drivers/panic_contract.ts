/** The contract of a driver: handlers that throw. */
import assert from "node:assert/strict";
import type { Reactions } from "./recorder.ts";
import { type ContractTest, DIRECTIONS, type Meeting } from "./stage.ts";
import { bytesOf, readUntilOver, send } from "./traffic.ts";

const FAULT = new Error("A handler's own fault");

function fail(): never {
  throw FAULT;
}

/** What a peer does so that the event comes. */
const CAUSES: Readonly<
  Record<string, (meeting: Meeting) => void | Promise<void>>
> = {
  onBytes: ({ peer }) => send(peer, bytesOf("ping")),
  onEnd: ({ peer }) => peer.closeWrite(),
  onHangUp({ peer, socket }) {
    socket.pause(true);
    return peer.closeWrite();
  },
};

/** Registers the tests. */
export function panicContract(test: ContractTest): void {
  for (const direction of DIRECTIONS) {
    for (const [event, cause] of Object.entries(CAUSES)) {
      test(`a handler that throws in ${event} (${direction}) is told so, can still answer, and others go on`, async (stage) => {
        const told = Promise.withResolvers<unknown>();
        const reactions: Reactions = {
          [event]: fail,
          onPanic: (error) => told.resolve(error),
        };
        const other = await stage.accepted();
        const meeting = await stage[direction](reactions);
        await cause(meeting);
        assert.equal(await told.promise, FAULT);
        meeting.socket.write(bytesOf("sorry"), 0, 5);
        meeting.socket.close();
        const { bytes } = await readUntilOver(meeting.peer);
        assert.deepEqual(bytes, bytesOf("sorry"));
        await send(other.peer, bytesOf("ping"));
        await other.recorder.untilBytes(4);
      });
    }

    test(`a handler that throws when it is told that it threw is cut off (${direction}), and others go on`, async (stage) => {
      const other = await stage.accepted();
      const { peer } = await stage[direction]({ onBytes: fail, onPanic: fail });
      await send(peer, bytesOf("ping"));
      const { bytes } = await readUntilOver(peer);
      assert.equal(bytes.length, 0);
      await send(other.peer, bytesOf("ping"));
      await other.recorder.untilBytes(4);
    });
  }

  test("a handler that throws when nobody listens where it connects is told so", async (stage) => {
    const told = Promise.withResolvers<unknown>();
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    stage.connect(port, {
      onGone: fail,
      onPanic: (error) => told.resolve(error),
    });
    assert.equal(await told.promise, FAULT);
  });
}
