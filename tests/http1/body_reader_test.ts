import assert from "node:assert/strict";
import { BodyReader } from "../../src/http1/body_reader.ts";
import { Fields } from "../../src/http1/head.ts";
import { octetsOf } from "../../src/http1/octets.ts";
import { Collected, cut, feed, NAMES, readBody } from "./readings.ts";

Deno.test("a message without a body is done before it begins", () => {
  for (const [framing, length] of [["none", 0], ["length", 0]] as const) {
    const reader = begun(framing, length);
    assert.ok(reader.isDone);
    assert.deepEqual(feed(reader, [octetsOf("next")]), {
      out: "",
      isDone: true,
      fault: undefined,
      at: 0,
      received: 0,
    });
    assert.ok(reader.end(new Collected()));
  }
});

Deno.test("a body of a known length ends there and leaves the rest", () => {
  for (const form of ["as_is", "bare"] as const) {
    const reading = readBody(
      cut(octetsOf("hello next"), [2]),
      "length",
      form,
      5,
    );
    assert.deepEqual(reading, {
      out: "hello",
      isDone: true,
      fault: undefined,
      at: 5,
      received: 5,
    });
  }
});

Deno.test("a body of a known length that is cut off does not end properly", () => {
  const reader = begun("length", 5);
  assert.ok(!feed(reader, [octetsOf("hell")]).isDone);
  assert.ok(!reader.end(new Collected()));
});

Deno.test("lengths beyond 32 bits are counted", () => {
  const reader = begun("length", 2 ** 40);
  feed(reader, [octetsOf("hello")]);
  assert.ok(!reader.isDone);
  assert.equal(reader.received, 5);
});

Deno.test("a chunked body goes on as it came, without its extensions", () => {
  const text = '5;a=b\r\nhello\r\n00A;"\xe9"\r\n0123456789\r\n0;z\r\n\r\nnext';
  const reading = readBody([octetsOf(text)], "chunked");
  assert.equal(
    reading.out,
    "5\r\nhello\r\n00A\r\n0123456789\r\n0\r\n\r\n",
  );
  assert.equal(reading.at, text.length - 4);
  assert.equal(reading.received, 15);
  assert.ok(reading.isDone);
});

Deno.test("a chunked body goes on bare", () => {
  const text = "5\r\nhello\r\n2;x\r\n, \r\n0\r\nX: 1\r\n\r\nnext";
  const reading = readBody([octetsOf(text)], "chunked", "bare");
  assert.equal(reading.out, "hello, ");
  assert.equal(reading.at, text.length - 4);
  assert.ok(reading.isDone);
});

Deno.test("trailers go on without those that mean something to a message", () => {
  const text = "1\r\nx\r\n0\r\nX-A: 1\r\nContent-Length: 9\r\nX-B:2\r\n\r\n";
  assert.equal(
    readBody([octetsOf(text)], "chunked").out,
    "1\r\nx\r\n0\r\nX-A: 1\r\nX-B:2\r\n\r\n",
  );
});

Deno.test("octets that touch and go on are handed on as one", () => {
  const taken: number[] = [];
  const reader = begun("chunked", 0);
  const bytes = octetsOf("5\r\nhello\r\n3\r\nabc\r\n");
  reader.read(bytes, 0, bytes.length, {
    take: (_, start, end) => taken.push(end - start),
  });
  assert.deepEqual(taken, [bytes.length]);
});

Deno.test("a chunked body that is cut off does not end properly", () => {
  for (
    const text of ["5\r\nhel", "5\r\nhello\r\n", "0\r\n", "0\r\nX: 1\r\n", ""]
  ) {
    const reader = begun("chunked", 0);
    feed(reader, cut(octetsOf(text), []));
    assert.equal(reader.fault, undefined);
    assert.ok(!reader.isDone);
    assert.ok(!reader.end(new Collected()), text);
  }
});

Deno.test("what is wrong with a body is said, and nothing more is read then", () => {
  for (
    const [text, fault, out, at] of [
      ["5\r\nhelloX\r\n0\r\n\r\n", "bad_chunk", "5\r\nhello", 8],
      ["5\r\nhello\r\nG\r\n", "bad_chunk", "5\r\nhello\r\n", 10],
      ["5;a\n", "bad_chunk", "5", 3],
      ["0\r\nX Y\r\n\r\n", "bad_trailer", "0\r\n", 10],
      ["0\r\n\n", "bad_trailer", "0\r\n", 4],
    ] as const
  ) {
    const reader = begun("chunked", 0);
    const reading = feed(reader, [octetsOf(text)]);
    assert.deepEqual([reading.fault, reading.out, reading.at], [
      fault,
      out,
      at,
    ]);
    assert.ok(!reading.isDone);
    const later = feed(reader, [octetsOf("\r\n0\r\n\r\n")]);
    assert.deepEqual([later.fault, later.out, later.at], [fault, "", 0]);
    assert.ok(!reader.end(new Collected()));
  }
});

Deno.test("a body that lasts until the connection ends does", () => {
  const reader = begun("close", 0);
  const reading = feed(reader, [octetsOf("hello "), octetsOf("0\r\n\r\n")]);
  assert.equal(reading.out, "hello 0\r\n\r\n");
  assert.ok(!reading.isDone);
  const sink = new Collected();
  assert.ok(reader.end(sink));
  assert.ok(reader.isDone);
  assert.equal(sink.text, "");
});

Deno.test("a body that lasts until the connection ends is put in chunks", () => {
  const reader = new BodyReader(NAMES, new Fields());
  reader.begin("close", 0, "chunks");
  const long = "x".repeat(70_000);
  const sink = new Collected();
  for (const piece of ["hello", "\r\n", long]) {
    reader.read(octetsOf(piece), 0, piece.length, sink);
  }
  assert.ok(reader.end(sink));
  assert.ok(reader.end(sink), "A second end adds nothing");
  assert.equal(
    sink.text,
    `5\r\nhello\r\n2\r\n\r\n\r\n11170\r\n${long}\r\n0\r\n\r\n`,
  );
});

Deno.test("an empty body until the end is one last chunk", () => {
  const reader = new BodyReader(NAMES, new Fields());
  reader.begin("close", 0, "chunks");
  const sink = new Collected();
  assert.ok(reader.end(sink));
  assert.equal(sink.text, "0\r\n\r\n");
});

Deno.test("a body whose end is known needs no chunks made here", () => {
  const text = "5\r\nhello\r\n0\r\n\r\n";
  assert.equal(readBody([octetsOf(text)], "chunked", "chunks").out, text);
  assert.equal(
    readBody([octetsOf("hello")], "length", "chunks", 5).out,
    "hello",
  );
});

Deno.test("a reader begins the next body with nothing of the one before", () => {
  const reader = begun("chunked", 0);
  for (
    const before of ["0\r\nX: 1\r\nY", "5;a\r\nhel", "G", "0\r\nX\r\n\r\n"]
  ) {
    reader.begin("chunked", 0, "bare");
    feed(reader, [octetsOf(before)]);
    reader.begin("chunked", 0, "as_is");
    const reading = feed(reader, [octetsOf("1\r\nx\r\n0\r\nZ: 1\r\n\r\n")]);
    assert.deepEqual(reading, {
      out: "1\r\nx\r\n0\r\nZ: 1\r\n\r\n",
      isDone: true,
      fault: undefined,
      at: 17,
      received: 1,
    });
    reader.begin("length", 2, "as_is");
    assert.equal(feed(reader, [octetsOf("abc")]).out, "ab");
    assert.equal(reader.fault, undefined);
  }
});

function begun(
  framing: "none" | "length" | "chunked" | "close",
  length: number,
): BodyReader {
  const reader = new BodyReader(NAMES, new Fields());
  reader.begin(framing, length, "as_is");
  return reader;
}
