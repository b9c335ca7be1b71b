import assert from "node:assert/strict";
import {
  chunkOf,
  lastChunk,
  requestStart,
} from "../../../../src/edge/drivers/deno/http2_request.ts";
import { textOf } from "../../../../src/http1/octets.ts";

const GET = [":method", "GET", ":scheme", "https", ":path", "/a?b"];

Deno.test("pseudo-header fields become a request line and a Host, cookies one field", () => {
  const start = requestStart(
    [
      ...GET,
      ":authority",
      "a.example",
      "cookie",
      "a=1",
      "x",
      "é",
      "cookie",
      "b",
    ],
    true,
  );
  assert.equal(
    text(start?.bytes),
    "GET /a?b HTTP/1.1\r\nhost: a.example\r\nx: é\r\ncookie: a=1; b\r\nconnection: close\r\n\r\n",
  );
  assert.deepEqual(start?.framing, { kind: "none" });
});

Deno.test("a body without a length is chunked, one with a length is not", () => {
  const open = requestStart([...GET, "host", "a"], false);
  assert.ok(text(open?.bytes).includes("\r\ntransfer-encoding: chunked\r\n"));
  const counted = requestStart(
    [...GET, "host", "a", "content-length", "7"],
    false,
  );
  assert.deepEqual(counted?.framing, { kind: "length", bytes: 7 });
  assert.ok(!text(counted?.bytes).includes("transfer-encoding"));
  assert.equal(requestStart([...GET, "content-length", "7"], true), undefined);
});

Deno.test("what could be read as another request is refused", () => {
  const bad: readonly (readonly string[])[] = [
    [...GET, "x", "a\r\nb: c"],
    [...GET, "x", "a\nb"],
    [...GET, "x", "a\0"],
    [...GET, "x", "\u0100"],
    [...GET, "x y", "a"],
    [...GET, "x\r\ny", "a"],
    [...GET, "", "a"],
    [...GET, "X", "a"],
    [...GET, ":path", "/"],
    [...GET, "connection", "close"],
    [...GET, "te", "gzip, trailers"],
    [...GET, ":authority", "a", "host", "b"],
    [":method", "GET", ":scheme", "https", ":path", "/a b"],
    [":method", "GET", ":scheme", "https", ":path", "a"],
    [":method", "GET", ":scheme", "https", ":path", "*"],
    [":method", "G ET", ":scheme", "https", ":path", "/"],
    [":method", "connect", ":scheme", "https", ":path", "/"],
    [":method", "GET", ":path", "/"],
    ["x", "a", ...GET],
  ];
  for (const fields of bad) {
    assert.equal(requestStart(fields, true), undefined, fields.join("|"));
  }
});

Deno.test("octets become chunks, and trailer fields the end of them", () => {
  const chunk = chunkOf(new TextEncoder().encode("x".repeat(17)));
  assert.equal(text(chunk), `11\r\n${"x".repeat(17)}\r\n`);
  assert.equal(text(lastChunk([])), "0\r\n\r\n");
  assert.equal(text(lastChunk(["a", "1"])), "0\r\na: 1\r\n\r\n");
  assert.equal(lastChunk(["a", "1\r\n\r\nGET /"]), undefined);
  assert.equal(lastChunk([":path", "/"]), undefined);
});

function text(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : textOf(bytes, 0, bytes.length);
}
