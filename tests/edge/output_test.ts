import assert from "node:assert/strict";
import { octetsOf } from "../../src/http1/octets.ts";
import { Output, SharedWriter } from "../../src/edge/output.ts";
import { FakeSocket } from "./fake_socket.ts";
import { pattern } from "./random_messages.ts";

function outputOf(room = Infinity, writer = new SharedWriter()) {
  const violations: string[] = [];
  const socket = new FakeSocket(violations);
  socket.attend({
    onConnected: () => {},
    onBytes: () => {},
    onWritable: () => output.resume(),
    onEnd: () => {},
    onHangUp: () => {},
    onGone: () => {},
  });
  socket.far.room = room;
  const output = new Output(socket, writer);
  const take = (text: string) => output.take(octetsOf(text), 0, text.length);
  const grant = (count: number) => {
    socket.far.room += count;
    if (socket.events().includes("writable")) {
      socket.tell("writable", new Uint8Array(9), 0, 0);
    }
  };
  return { output, socket, far: socket.far, take, grant, violations };
}

Deno.test("small pieces leave together, with the flush", () => {
  const { output, far, take } = outputOf();
  take("a");
  take("b");
  assert.equal(far.received, "");
  output.flush();
  assert.equal(far.received, "ab");
});

Deno.test("a large piece leaves at once, after what was put together before it", () => {
  const { output, far, take } = outputOf();
  const large = pattern("x", 20_000);
  take(large);
  assert.equal(far.received, large);
  take("a");
  take(large);
  output.flush();
  assert.equal(far.received, `${large}a${large}`);
});

Deno.test("what is larger than the writer passes it by in order", () => {
  const { output, far, take } = outputOf();
  const huge = pattern("x", 400_000);
  take("a");
  take(huge);
  take("b");
  output.flush();
  assert.equal(far.received, `a${huge}b`);
});

Deno.test("what one output has put together leaves when another one needs the writer", () => {
  const writer = new SharedWriter();
  const [one, other] = [outputOf(Infinity, writer), outputOf(Infinity, writer)];
  one.take("a");
  other.take("b");
  assert.equal(one.far.received, "a");
  one.output.flush();
  assert.equal(other.far.received, "b");
});

Deno.test("what was put together can be taken back as long as it has not left", () => {
  const { output, far, take } = outputOf();
  take("wrong");
  output.discard();
  take("right");
  output.flush();
  assert.equal(far.received, "right");
});

Deno.test("what the socket does not take is kept in order, and nothing overtakes it", () => {
  const { output, far, take, grant } = outputOf(3);
  take("abcdef");
  output.flush();
  assert.ok(output.isBlocked);
  take("ghi");
  output.flush();
  grant(2);
  take("j".repeat(20_000));
  assert.equal(far.received, "abcde");
  grant(Infinity);
  assert.equal(far.received, `abcdefghi${"j".repeat(20_000)}`);
  assert.ok(output.isClear && !output.isBlocked);
});

Deno.test("an end waits until everything has gone, and is passed on once", () => {
  const { output, socket, take, grant, violations } = outputOf(1);
  take("abc");
  output.end();
  assert.equal(socket.fate, "open");
  grant(1);
  assert.equal(socket.fate, "open");
  grant(1);
  assert.equal(socket.fate, "finished");
  output.end();
  assert.deepEqual(violations, []);
});

Deno.test("what is gathered leaves when there is enough, when it is due, or when gathering ends", () => {
  const { output, far, take } = outputOf();
  output.gather(10);
  const send = (text: string) => {
    take(text);
    output.flush();
  };
  send("abcde");
  assert.equal(far.fresh(), "");
  assert.ok(!output.isClear && !output.isBlocked);
  send("fghij");
  assert.equal(far.fresh(), "abcdefghij");
  send("k");
  output.sendGathered();
  assert.equal(far.fresh(), "k");
  send("l");
  output.gather(0);
  assert.equal(far.fresh(), "l");
  send("m");
  assert.equal(far.fresh(), "m");
});

Deno.test("what is due but not taken blocks, and gathering goes on when it has gone", () => {
  const { output, far, take, grant } = outputOf(0);
  output.gather(10);
  take("abc");
  output.sendGathered();
  assert.ok(output.isBlocked);
  take("d");
  grant(100);
  output.flush();
  assert.ok(far.received.startsWith("abc"));
  assert.ok(!output.isBlocked);
  output.gather(0);
  assert.equal(far.received, "abcd");
});
