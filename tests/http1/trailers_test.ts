import assert from "node:assert/strict";
import { Fields, FIELDS_MAX } from "../../src/http1/head.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import { Trailers } from "../../src/http1/trailers.ts";
import { NAMES } from "./readings.ts";

/** Most octets of a section, the blank line included. */
const SECTION_OCTETS = 16_384;

Deno.test("fields that mean nothing to the message go on, line by line", () => {
  const { verdict, at, lines } = read(
    "X-Checksum: a b \r\nGrpc-Status:0\r\n\r\nGET / HTTP/1.1\r\n",
  );
  assert.equal(verdict, "done");
  assert.equal(at, 35);
  assert.deepEqual(lines, ["X-Checksum: a b \r\n", "Grpc-Status:0\r\n"]);
});

Deno.test("an empty section is done at once", () => {
  assert.deepEqual(read("\r\nrest"), { verdict: "done", at: 2, lines: [] });
});

Deno.test("framing, routing and what is told of the caller never arrives as a trailer", () => {
  const names = [
    "Content-Length",
    "TRANSFER-ENCODING",
    "Host",
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Upgrade",
    "Expect",
    "Content-Type",
    "Via",
    "Forwarded",
    "X-Forwarded-For",
    "X-Real-IP",
    "X-Opsen-Backend",
    "Opsen-Caller",
  ];
  const lines = names.map((name) => `${name}: 1\r\nX-${name}: 2\r\n`).join("");
  assert.deepEqual(
    read(`${lines}\r\n`).lines,
    names.map((name) => `X-${name}: 2\r\n`),
  );
});

Deno.test("a malformed section is bad", () => {
  for (
    const text of [
      "X Y\r\n\r\n",
      "X : 1\r\n\r\n",
      " X: 1\r\n\r\n",
      "X: 1\r\n 2\r\n\r\n",
      "X: a\0b\r\n\r\n",
      "X: a\rb\r\n\r\n",
      ": 1\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
    ]
  ) assert.equal(read(text).verdict, "bad", text);
});

Deno.test("a lone LF is bad as soon as it is seen", () => {
  for (const text of ["\n", "X: 1\n", "X: 1\r\n\n", "a\n", "X: 1\r\na\n"]) {
    const { verdict, at } = read(`${text}rest`);
    assert.deepEqual([verdict, at], ["bad", text.length], text);
  }
});

Deno.test("a section that has not ended waits for more", () => {
  const text = "X: 1\r\nY: 2\r\n\r\n";
  for (let length = 0; length < text.length; length++) {
    assert.deepEqual(read(text.slice(0, length)), {
      verdict: "more",
      at: length,
      lines: [],
    });
  }
});

Deno.test("a section has a limit of octets and one of fields", () => {
  const filled = (octets: number) =>
    `X: ${"v".repeat(octets - "X: \r\n\r\n".length)}\r\n\r\n`;
  assert.equal(read(filled(SECTION_OCTETS)).verdict, "done");
  assert.equal(read(filled(SECTION_OCTETS + 1)).verdict, "bad");
  const endless = read("X: " + "v".repeat(10 * SECTION_OCTETS));
  assert.deepEqual([endless.verdict, endless.at], ["bad", SECTION_OCTETS + 1]);
  assert.equal(read("X: 1\r\n".repeat(FIELDS_MAX) + "\r\n").verdict, "done");
  assert.equal(
    read("X: 1\r\n".repeat(FIELDS_MAX + 1) + "\r\n").verdict,
    "bad",
  );
});

Deno.test("a section that begins anew gives back the memory of a long one", () => {
  const trailers = new Trailers(NAMES, new Fields());
  const long = `X: ${"v".repeat(5000)}\r\n\r\n`;
  assert.deepEqual(read(long, trailers).lines, [long.slice(0, -2)]);
  assert.ok(trailers.bytes.length > 5000);
  trailers.reset();
  assert.ok(trailers.bytes.length <= 256);
  assert.deepEqual(read("Y: 1\r\n\r\n", trailers).lines, ["Y: 1\r\n"]);
});

function read(
  text: string,
  trailers: Trailers = new Trailers(NAMES, new Fields()),
) {
  const bytes = octetsOf(`${text}\r\n\r\n`);
  const { at, verdict } = trailers.read(bytes, 0, text.length);
  const lines: string[] = [];
  if (verdict === "done") {
    trailers.forEachLine((start, end) =>
      lines.push(textOf(trailers.bytes, start, end))
    );
  }
  return { verdict, at, lines };
}
