/** The contract of a driver: pause, resume, and an end that comes meanwhile. */
import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { type ContractTest, DIRECTIONS, type Meeting } from "./stage.ts";
import { bytesOf, pattern, send, settled } from "./traffic.ts";

/** Registers the tests. */
export function pauseContract(test: ContractTest): void {
  for (const direction of DIRECTIONS) {
    for (const watch of [false, true]) {
      const how = watch ? "that watches" : "that does not watch";
      test(`during a pause ${how} an ${direction} socket gets no bytes, and none is lost`, async (stage) => {
        const { socket, recorder, peer } = await stage[direction]();
        const sent = pattern(2_000_000);
        socket.pause(watch);
        const sending = send(peer, sent);
        await settled();
        assert.equal(recorder.byteCount, 0);
        socket.resume();
        assert.equal(recorder.byteCount, 0);
        await recorder.untilBytes(sent.length);
        await sending;
        assert.ok(Buffer.from(sent).equals(recorder.bytes));
        assert.deepEqual(recorder.events.filter(isNews), []);
      });
    }

    test(`an ${direction} socket can be paused and resumed from within its handler`, async (stage) => {
      let isPaused = false;
      let wasTold = false;
      const meeting: Meeting = await stage[direction]({
        onBytes: () => {
          wasTold ||= isPaused;
          meeting.socket.pause(true);
          isPaused = true;
          setTimeout(() => {
            isPaused = false;
            meeting.socket.resume();
          }, 0);
        },
      });
      const sent = pattern(400_000);
      await send(meeting.peer, sent);
      await meeting.recorder.untilBytes(sent.length);
      // The last timer is still to come.
      await settled();
      assert.ok(!wasTold);
      assert.ok(Buffer.from(sent).equals(meeting.recorder.bytes));
    });

    test(`an ${direction} socket that pauses and resumes at once within its handler goes on`, async (stage) => {
      const meeting: Meeting = await stage[direction]({
        onBytes: () => {
          meeting.socket.pause(false);
          meeting.socket.resume();
        },
      });
      const sent = pattern(400_000);
      await send(meeting.peer, sent);
      await meeting.recorder.untilBytes(sent.length);
      assert.ok(Buffer.from(sent).equals(meeting.recorder.bytes));
    });

    test(`a pause that watches tells an ${direction} socket once that the peer ended, and keeps its bytes`, async (stage) => {
      const { socket, recorder, peer } = await stage[direction]();
      socket.pause(true);
      await send(peer, pattern(20_000));
      await peer.closeWrite();
      await recorder.untilEvent("hangup");
      await settled();
      assert.deepEqual(recorder.events.filter(isNews), ["hangup"]);
      assert.equal(recorder.byteCount, 0);
      socket.resume();
      await recorder.untilEvent("end");
      assert.ok(Buffer.from(pattern(20_000)).equals(recorder.bytes));
      assert.deepEqual(recorder.events.filter(isNews), ["hangup", "end"]);
    });

    test(`a pause that does not watch tells an ${direction} socket nothing of an end`, async (stage) => {
      const { socket, recorder, peer } = await stage[direction]();
      socket.pause(false);
      await send(peer, bytesOf("last words"));
      await peer.closeWrite();
      await settled();
      assert.deepEqual(recorder.events.filter(isNews), []);
      assert.equal(recorder.byteCount, 0);
      socket.resume();
      await recorder.untilEvent("end");
      assert.equal(recorder.text, "last words");
      assert.deepEqual(recorder.events.filter(isNews), ["end"]);
    });
  }

  test("each pause that watches tells of an end that is unread still", async (stage) => {
    const meeting: Meeting = await stage.accepted({
      onBytes: () => meeting.socket.pause(true),
    });
    const { socket, recorder, peer } = meeting;
    socket.pause(true);
    await send(peer, bytesOf("unread"));
    await peer.closeWrite();
    await recorder.untilEvent("hangup");
    socket.resume();
    await recorder.until("hangup again", () => recorder.events.length === 2);
    assert.deepEqual(recorder.events, ["hangup", "hangup"]);
    assert.equal(recorder.text, "unread");
    socket.resume();
    await recorder.untilEvent("end");
  });

  test("a pause that comes to watch later tells of an end that came before", async (stage) => {
    const { socket, recorder, peer } = await stage.accepted();
    socket.pause(false);
    await peer.closeWrite();
    await settled();
    assert.deepEqual(recorder.events, []);
    socket.pause(true);
    await recorder.untilEvent("hangup");
    assert.deepEqual(recorder.events, ["hangup"]);
  });

  test("writing goes on during a pause", async (stage) => {
    const { socket, peer } = await stage.accepted();
    socket.pause(false);
    socket.write(bytesOf("still here"), 0, 10);
    const buffer = new Uint8Array(100);
    assert.equal(await peer.read(buffer), 10);
  });

  test("a resume without a pause changes nothing", async (stage) => {
    const { socket, recorder, peer } = await stage.accepted();
    socket.resume();
    await send(peer, bytesOf("x"));
    await recorder.untilBytes(1);
    socket.resume();
    await settled();
    assert.equal(recorder.text, "x");
  });
}

function isNews(event: string): boolean {
  return event !== "connected";
}
