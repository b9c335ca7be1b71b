/** The contract of a driver: how connections end. */
import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { type ContractTest, DIRECTIONS, type Meeting } from "./stage.ts";
import {
  bytesOf,
  pattern,
  readAll,
  readUntilOver,
  send,
  settled,
} from "./traffic.ts";

/** Registers the tests. */
export function endContract(test: ContractTest): void {
  for (const direction of DIRECTIONS) {
    test(`an ${direction} socket that finished has told the peer, and still gets bytes`, async (stage) => {
      const { socket, recorder, peer } = await stage[direction]();
      const sent = pattern(60_000);
      assert.equal(socket.write(sent, 0, sent.length), sent.length);
      socket.finish();
      socket.finish();
      assert.ok(Buffer.from(sent).equals(await readAll(peer)));
      await send(peer, bytesOf("late"));
      await recorder.untilBytes(4);
      await peer.closeWrite();
      await recorder.untilEvent("end");
      assert.equal(recorder.text, "late");
    });

    test(`an ${direction} socket is told of the peer's end after all bytes, and can still write`, async (stage) => {
      const seen: number[] = [];
      const { socket, recorder, peer } = await stage[direction]({
        onEnd: () => seen.push(recorder.byteCount),
      });
      await send(peer, pattern(500_000));
      await peer.closeWrite();
      await recorder.untilEvent("end");
      assert.deepEqual(seen, [500_000]);
      socket.write(bytesOf("answer"), 0, 6);
      socket.finish();
      assert.deepEqual(await readAll(peer), bytesOf("answer"));
      await settled();
      assert.deepEqual(recorder.events.filter((event) => event === "end"), [
        "end",
      ]);
    });

    test(`closing an ${direction} socket delivers what was taken, and tells no more`, async (stage) => {
      const { socket, recorder, peer } = await stage[direction]();
      const sent = pattern(10_000_000);
      const taken = socket.write(sent, 0, sent.length);
      socket.close();
      const before = [...recorder.events];
      await send(peer, bytesOf("too late"));
      assert.ok(
        Buffer.from(sent.subarray(0, taken)).equals(
          await readAll(peer),
        ),
      );
      await settled();
      assert.deepEqual(recorder.events, before);
      assert.equal(recorder.byteCount, 0);
    });

    test(`an aborted ${direction} socket ends early for the peer, and tells no more`, async (stage) => {
      const { socket, recorder, peer } = await stage[direction]();
      const sent = pattern(24 * 1024 * 1024);
      const taken = socket.write(sent, 0, sent.length);
      assert.ok(taken < sent.length);
      const before = [...recorder.events];
      socket.abort();
      const { bytes } = await readUntilOver(peer);
      assert.ok(bytes.length <= taken);
      assert.ok(Buffer.from(sent.subarray(0, bytes.length)).equals(bytes));
      await settled();
      assert.deepEqual(recorder.events, before);
    });

    test(`calls on an ${direction} socket that is gone are without effect`, async (stage) => {
      for (const end of ["close", "abort"] as const) {
        const { socket, recorder, peer } = await stage[direction]();
        socket[end]();
        const before = [...recorder.events];
        assert.equal(socket.write(bytesOf("unheard"), 0, 7), 7);
        socket.pause(true);
        socket.resume();
        socket.finish();
        socket.close();
        socket.abort();
        const { bytes } = await readUntilOver(peer);
        assert.equal(bytes.length, 0);
        assert.deepEqual(recorder.events, before);
      }
    });
  }

  test("bytes that the peer sent and nobody read don't harm the last words of a socket that closes", async (stage) => {
    const { socket, peer } = await stage.accepted();
    socket.pause(false);
    await send(peer, pattern(200_000));
    await settled();
    const answer = pattern(60_000, 2);
    assert.equal(socket.write(answer, 0, answer.length), answer.length);
    socket.close();
    await settled();
    assert.ok(Buffer.from(answer).equals(await readAll(peer)));
  });

  test("closing after finishing ends the connection", async (stage) => {
    const { socket, peer } = await stage.accepted();
    socket.write(bytesOf("bye"), 0, 3);
    socket.finish();
    assert.deepEqual(await readAll(peer), bytesOf("bye"));
    socket.close();
    await peer.closeWrite();
  });

  test("no event comes after a handler closed its socket in the midst of one", async (stage) => {
    for (const end of ["close", "abort"] as const) {
      const meeting: Meeting = await stage.accepted({
        onBytes: () => meeting.socket[end](),
      });
      await send(meeting.peer, pattern(20_000));
      await meeting.peer.closeWrite().catch(() => {});
      await readUntilOver(meeting.peer);
      await settled();
      assert.deepEqual(meeting.recorder.events, []);
    }
  });

  test("a handler that throws loses its socket, and the others go on", async (stage) => {
    const fail = () => {
      throw new Error("A handler's own fault");
    };
    const broken = await stage.accepted({ onBytes: fail });
    const brokenLater = await stage.outgoing({ onEnd: fail });
    const other = await stage.accepted();
    await send(broken.peer, bytesOf("x"));
    await brokenLater.peer.closeWrite();
    await readUntilOver(broken.peer);
    await readUntilOver(brokenLater.peer);
    assert.equal(broken.socket.write(bytesOf("unheard"), 0, 7), 7);
    await send(other.peer, bytesOf("y"));
    await other.recorder.untilBytes(1);
    other.socket.write(bytesOf("z"), 0, 1);
    other.socket.close();
    assert.deepEqual(await readAll(other.peer), bytesOf("z"));
    assert.deepEqual(broken.recorder.events, []);
    assert.deepEqual(brokenLater.recorder.events, ["connected", "end"]);
  });

  test("disposing of a driver aborts what is open and ends listening", async (stage) => {
    const accepted = await stage.accepted();
    const outgoing = await stage.outgoing();
    const paused = await stage.accepted();
    paused.socket.pause(true);
    const { listening } = stage.listen();
    await stage.driver[Symbol.asyncDispose]();
    for (const { peer } of [accepted, outgoing, paused]) {
      await readUntilOver(peer);
    }
    await assert.rejects(stage.call(listening.port));
    assert.deepEqual(accepted.recorder.events, []);
    assert.deepEqual(paused.recorder.events, []);
  });
}
