import assert from "node:assert/strict";
import { FIELDS_MAX, HEAD_BYTES_MAX } from "../../src/http1/head.ts";
import { octetsOf } from "../../src/http1/octets.ts";
import { ResponseHead } from "../../src/http1/response_head.ts";
import {
  readResponse,
  readResponseOctets,
  type ResponseReading,
} from "./readings.ts";

Deno.test("without a length or a coding neither is said", () => {
  const reading = read([]);
  assert.equal(reading.contentLength, -1);
  assert.equal(reading.isChunked, false);
});

Deno.test("the same length said twice is said once, different ones are refused", () => {
  const reading = read(["Content-Length: 2", "content-length: 02"]);
  assert.equal(reading.contentLength, 2);
  assert.deepEqual(reading.sent, [["Content-Length", "2"]]);
  refused("bad_content_length", ["Content-Length: 2", "Content-Length: 3"]);
  refused("bad_content_length", ["Content-Length: 2", "Content-Length:"]);
});

Deno.test("a length that is not one is refused", () => {
  for (const value of ["abc", "-2", "+2", "", "2, 2", "2, 3", "1e3", "0x2"]) {
    refused("bad_content_length", [`Content-Length: ${value}`]);
  }
});

Deno.test("chunked is read and not sent on, other codings are refused", () => {
  const reading = read(["Transfer-Encoding: Chunked"]);
  assert.ok(reading.isChunked);
  assert.deepEqual(reading.sent, []);
  for (
    const value of ["foo", "identity", "", "gzip, chunked", "chunked, chunked"]
  ) refused("bad_transfer_encoding", [`Transfer-Encoding: ${value}`]);
  const coding = "Transfer-Encoding: chunked";
  refused("bad_transfer_encoding", [coding, coding]);
  refused("bad_transfer_encoding", [coding, "Content-Length: 3"]);
  refused("bad_transfer_encoding", ["Content-Length: 3", coding]);
  refused("bad_transfer_encoding", [coding], "1.0");
});

Deno.test("HTTP/1.1 keeps the connection unless it says close, HTTP/1.0 only when it says so", () => {
  assert.equal(read([]).keepAlive, true);
  assert.equal(read(["Connection: close"]).keepAlive, false);
  assert.equal(read([], "1.0").keepAlive, false);
  assert.equal(read(["Connection: Keep-Alive"], "1.0").keepAlive, true);
  assert.equal(read(["Connection: keep-alive, close"], "1.0").keepAlive, false);
});

Deno.test("fields of the connection and those it nominates are not sent on", () => {
  const reading = read([
    "Connection: x-a, content-length",
    "X-A: 1",
    "X-B: 2",
    "Content-Length: 2",
    "Keep-Alive: timeout=5",
    "Proxy-Connection: x",
    "TE: x",
    "Upgrade: h2c",
    "Set-Cookie: a",
    "Set-Cookie: b",
  ]);
  assert.deepEqual(reading.sent, [
    ["X-B", "2"],
    ["Content-Length", "2"],
    ["Set-Cookie", "a"],
    ["Set-Cookie", "b"],
  ]);
  assert.equal(reading.upgrade, undefined);
  refused("bad_connection", ["Connection: a b"]);
});

Deno.test("a change of protocol is one that both fields name", () => {
  const fields = ["Upgrade: websocket", "Connection: Upgrade"];
  assert.equal(read(fields).upgrade, "websocket");
  assert.equal(read(fields.slice(0, 1)).upgrade, undefined);
  assert.equal(read(fields.slice(1)).upgrade, undefined);
});

Deno.test("malformed fields are refused", () => {
  for (
    const line of [
      "Foo bar",
      "X-A : 1",
      "X-A: 1\r\n 2",
      "X: a\0b",
      "X: a\rX-Evil: 1",
      "X Y: 1",
      "X: 1\nY: 2",
    ]
  ) refused("bad_field", [line]);
});

Deno.test("a head that is cut off is incomplete", () => {
  assert.equal(
    readResponse("HTTP/1.1 200 OK\r\nContent-Le").verdict,
    "incomplete",
  );
});

Deno.test("fields and octets are limited as in requests", () => {
  assert.equal(read(Array(FIELDS_MAX).fill("X: 1")).sent.length, FIELDS_MAX);
  refused("too_many_fields", Array(FIELDS_MAX + 1).fill("X: 1"));
  const start = "HTTP/1.1 200 OK\r\nX: ";
  const most = start + "v".repeat(HEAD_BYTES_MAX - start.length - 4) +
    "\r\n\r\n";
  const reading = readResponse(most);
  assert.ok("end" in reading);
  assert.equal(reading.end, HEAD_BYTES_MAX);
  for (const over of [most.replace("X", "XX"), most.slice(0, -4) + "vvvv"]) {
    assert.equal(readResponse(over).verdict, "head_too_large");
  }
  assert.equal(readResponse(most.slice(0, -1)).verdict, "incomplete");
});

Deno.test("a head that reads one response after the other keeps nothing of the one before", () => {
  const used = new ResponseHead();
  const rich = "HTTP/1.0 101 x\r\nConnection: upgrade, keep-alive, x-a\r\n" +
    "Upgrade: x\r\nX-A: 1\r\nContent-Length: 2\r\nContent-Type: a/b\r\n\r\n";
  const chunked = "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n";
  const plain = "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n";
  for (const text of [rich, plain, chunked, rich, chunked, plain]) {
    assert.deepEqual(
      readResponseOctets(octetsOf(text), used),
      readResponseOctets(octetsOf(text), new ResponseHead()),
    );
  }
});

Deno.test("the first Content-Type is the one that counts", () => {
  assert.equal(
    read(["Content-Type: a/b", "Content-Type: c/d"]).contentType,
    "a/b",
  );
});

type Version = "1.0" | "1.1";

function textOf(lines: readonly string[], version: Version): string {
  return [`HTTP/${version} 200 OK`, ...lines, "", ""].join("\r\n");
}

function read(
  lines: readonly string[],
  version: Version = "1.1",
): ResponseReading {
  const reading = readResponse(textOf(lines, version));
  assert.ok("status" in reading, `${lines}: ${reading.verdict}`);
  return reading;
}

function refused(
  code: string,
  lines: readonly string[],
  version: Version = "1.1",
): void {
  assert.equal(readResponse(textOf(lines, version)).verdict, code, `${lines}`);
}
