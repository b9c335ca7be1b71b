/** The contract of a driver: bytes in both directions. */
import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { type ContractTest, DIRECTIONS, type Meeting } from "./stage.ts";
import {
  bytesOf,
  Feeder,
  pattern,
  readAll,
  readExactly,
  send,
  settled,
} from "./traffic.ts";

/** More than the system's buffers of both ends hold together. */
const MUCH = 16 * 1024 * 1024;

/** Registers the tests. */
export function bytesContract(test: ContractTest): void {
  for (const direction of DIRECTIONS) {
    test(`an ${direction} socket moves single pieces both ways`, async (stage) => {
      const { socket, recorder, peer } = await stage[direction]();
      for (const piece of ["a", "bc", "def"]) {
        const before = recorder.byteCount;
        await send(peer, bytesOf(piece));
        await recorder.untilBytes(before + piece.length);
        assert.equal(
          socket.write(bytesOf(`<${piece}>`), 0, piece.length + 2),
          piece.length + 2,
        );
        assert.deepEqual(
          await readExactly(peer, piece.length + 2),
          bytesOf(`<${piece}>`),
        );
      }
      assert.equal(recorder.text, "abcdef");
    });

    test(`an ${direction} socket passes many bytes to its handler as they were sent`, async (stage) => {
      const { recorder, peer } = await stage[direction]();
      const sent = pattern(3_000_001);
      await send(peer, sent);
      await recorder.untilBytes(sent.length);
      assert.ok(Buffer.from(sent).equals(recorder.bytes));
    });

    test(`an ${direction} socket cuts writes short when the peer is slow, and tells when it goes on`, async (stage) => {
      const feeder = new Feeder(pattern(MUCH, 2));
      const meeting: Meeting = await stage[direction]({
        onWritable: () => {
          feeder.feed(meeting.socket);
          if (feeder.isDone) meeting.socket.finish();
        },
      });
      feeder.feed(meeting.socket);
      await settled();
      assert.ok(feeder.wasCutShort && !feeder.isDone);
      const got = await readAll(meeting.peer);
      assert.ok(feeder.isDone);
      assert.ok(Buffer.from(pattern(MUCH, 2)).equals(got));
    });
  }

  test("only the given range is written, and the array is free when the call returns", async (stage) => {
    const { socket, peer } = await stage.accepted();
    const array = bytesOf("..one..");
    assert.equal(socket.write(array, 2, 5), 3);
    array.set(bytesOf("two"), 2);
    assert.equal(socket.write(array, 2, 5), 3);
    array.fill(0);
    assert.equal(socket.write(array, 3, 3), 0);
    socket.finish();
    assert.deepEqual(await readAll(peer), bytesOf("onetwo"));
  });

  test("both directions are busy at a time without harm to each other", async (stage) => {
    const feeder = new Feeder(pattern(MUCH, 3));
    const meeting: Meeting = await stage.outgoing({
      onWritable: () => {
        feeder.feed(meeting.socket);
        if (feeder.isDone) meeting.socket.finish();
      },
    });
    const sent = pattern(5_000_000, 4);
    feeder.feed(meeting.socket);
    const [got] = await Promise.all([
      readAll(meeting.peer),
      send(meeting.peer, sent),
      meeting.recorder.untilBytes(sent.length),
    ]);
    assert.ok(Buffer.from(pattern(MUCH, 3)).equals(got));
    assert.ok(Buffer.from(sent).equals(meeting.recorder.bytes));
  });

  test("connections that are busy at a time don't mix their bytes", async (stage) => {
    const meetings = await Promise.all(
      Array.from({ length: 8 }, () => stage.accepted()),
    );
    await Promise.all(meetings.map(async ({ socket, recorder, peer }, at) => {
      const sent = pattern(300_000, at + 10);
      const answer = pattern(50_000, at + 50);
      assert.equal(socket.write(answer, 0, answer.length), answer.length);
      await send(peer, sent);
      await recorder.untilBytes(sent.length);
      assert.ok(Buffer.from(sent).equals(recorder.bytes));
      assert.deepEqual(await readExactly(peer, answer.length), answer);
    }));
  });

  test("one busy connection leaves the others their turn", async (stage) => {
    const busy = await stage.accepted();
    const quiet = await stage.accepted();
    const stop = { now: false };
    const flood = (async () => {
      const bytes = pattern(256 * 1024);
      while (!stop.now) await send(busy.peer, bytes);
    })();
    await busy.recorder.until("a flood", () => busy.recorder.byteCount > 1e6);
    for (let round = 1; round <= 5; round++) {
      await send(quiet.peer, bytesOf("?"));
      await quiet.recorder.untilBytes(round);
      quiet.socket.write(bytesOf("!"), 0, 1);
      await readExactly(quiet.peer, 1);
    }
    stop.now = true;
    await flood;
  });
}
