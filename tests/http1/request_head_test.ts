import assert from "node:assert/strict";
import { FIELDS_MAX, HEAD_BYTES_MAX } from "../../src/http1/head.ts";
import { octetsOf } from "../../src/http1/octets.ts";
import { RequestHead } from "../../src/http1/request_head.ts";
import { readRequest, readRequestOctets } from "./readings.ts";

const LINES = "GET / HTTP/1.1\r\nHost: a\r\n";

Deno.test("a head ends behind its blank line, whatever comes next", () => {
  for (const rest of ["", "x", "\r\n\r\n", LINES]) {
    const reading = readRequest(`${LINES}\r\n${rest}`);
    assert.ok("end" in reading);
    assert.equal(reading.end, LINES.length + 2);
  }
});

Deno.test("up to four empty lines before the request are passed over", () => {
  for (let lines = 0; lines <= 4; lines++) {
    const reading = readRequest(`${"\r\n".repeat(lines)}${LINES}\r\n`);
    assert.ok("end" in reading);
    assert.equal(reading.method, "GET");
    assert.equal(reading.end, lines * 2 + LINES.length + 2);
  }
  assert.equal(
    readRequest(`${"\r\n".repeat(5)}${LINES}\r\n`).verdict,
    "bad_request_line",
  );
});

Deno.test("half an empty line is incomplete, and no other start is an empty line", () => {
  for (const start of ["\r", "\r\n", "\r\n\r", "\r\n\r\n\r\n\r\n"]) {
    assert.equal(readRequest(start).verdict, "incomplete");
  }
  for (
    const start of ["\n", "\r\r\n", "\rG", "\r\n\n", "\r\n".repeat(4) + "\r"]
  ) {
    assert.equal(readRequest(start).verdict, "bad_request_line", start);
  }
});

Deno.test("nothing at all is incomplete", () => {
  assert.equal(readRequest("").verdict, "incomplete");
});

Deno.test("a head may have exactly 64 KiB", () => {
  const most = headOf(HEAD_BYTES_MAX);
  const reading = readRequest(most);
  assert.ok("end" in reading);
  assert.equal(reading.end, HEAD_BYTES_MAX);
  assert.equal(
    readRequest(headOf(HEAD_BYTES_MAX + 1)).verdict,
    "head_too_large",
  );
});

Deno.test("a head that does not end is refused at 64 KiB and not before", () => {
  const endless = headOf(2 * HEAD_BYTES_MAX);
  assert.equal(
    readRequest(endless.slice(0, HEAD_BYTES_MAX - 1)).verdict,
    "incomplete",
  );
  assert.equal(
    readRequest(endless.slice(0, HEAD_BYTES_MAX)).verdict,
    "head_too_large",
  );
});

Deno.test("what lies beyond the limit does not change why a head is refused", () => {
  const wrongLater = `${headOf(HEAD_BYTES_MAX + 8).slice(0, -4)}\n\n\n\n`;
  assert.equal(readRequest(wrongLater).verdict, "head_too_large");
});

Deno.test(`there may be ${FIELDS_MAX} fields`, () => {
  const more = "X: 1\r\n".repeat(FIELDS_MAX - 1);
  const reading = readRequest(`${LINES}${more}\r\n`);
  assert.ok("sent" in reading);
  assert.equal(reading.sent.length, FIELDS_MAX);
  assert.equal(
    readRequest(`${LINES}${more}X: 1\r\n\r\n`).verdict,
    "too_many_fields",
  );
});

Deno.test("a head that reads one request after the other keeps nothing of the one before", () => {
  const used = new RequestHead();
  const rich = "OPTIONS http://h:1/p HTTP/1.0\r\nHost: a\r\n" +
    "Connection: keep-alive, upgrade, x-a\r\nX-A: 1\r\nContent-Length: 7\r\n" +
    "Content-Type: a/b\r\nTE: trailers\r\nUpgrade: x\r\nExpect: 100-continue\r\n\r\n";
  const chunked = "PUT /c HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\n" +
    "Connection: close, upgrade\r\nUpgrade: x\r\nTE: trailers\r\n" +
    "Transfer-Encoding: chunked\r\n\r\n";
  const plain = "GET /x HTTP/1.1\r\nHost: c\r\nX-A: 1\r\n\r\n";
  for (const text of [rich, plain, chunked, plain, chunked, rich, plain]) {
    assert.deepEqual(
      readRequestOctets(octetsOf(text), used),
      readRequestOctets(octetsOf(text), new RequestHead()),
    );
  }
});

/** A head of so many octets. */
function headOf(length: number): string {
  const value = "v".repeat(length - LINES.length - "X: \r\n\r\n".length);
  return `${LINES}X: ${value}\r\n\r\n`;
}
