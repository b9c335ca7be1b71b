import assert from "node:assert/strict";
import {
  ResponseParts,
  ResponseReader,
  type ResponseSink,
} from "../../../../src/edge/drivers/deno/http2_response.ts";
import { octetsOf, textOf } from "../../../../src/http1/octets.ts";

const RESPONSE = "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" +
  "HTTP/1.1 200 OK\r\nX-A: 1\r\nKeep-Alive: 1\r\nTransfer-Encoding: chunked\r\n\r\n" +
  "5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nX-Sum: 7\r\nHost: x\r\n\r\n";

Deno.test("a response is the same response in pieces of any size", () => {
  for (const size of [1, 2, 3, 7, 50, RESPONSE.length]) {
    const sink = new Told();
    const reader = new ResponseReader(new ResponseParts(), false);
    const bytes = octetsOf(RESPONSE);
    for (let at = 0; at < bytes.length; at += size) {
      reader.read(bytes, at, Math.min(at + size, bytes.length), sink);
    }
    assert.deepEqual(sink.heads, [
      "103 link a",
      "200 x-a 1 (may trail)",
      "x-sum 7",
    ]);
    assert.equal(sink.body, "hello!");
    assert.ok(reader.isWhole && !reader.isBroken);
  }
});

Deno.test("a response is whole at its length, at once without a body, or at the end of what has neither", () => {
  assert.ok(readerOf("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").isWhole);
  assert.ok(!readerOf("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok").end());
  assert.ok(readerOf("HTTP/1.1 304 Not Modified\r\n\r\n").isWhole);
  const open = readerOf("HTTP/1.1 200 OK\r\n\r\nok");
  assert.ok(!open.isWhole);
  assert.ok(open.end());
  assert.ok(!readerOf("HTTP/1.1 200 OK\r\n").end());
});

Deno.test("what is no response breaks the reader", () => {
  for (
    const text of [
      "nonsense\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
    ]
  ) assert.ok(readerOf(text).isBroken, text);
});

function readerOf(text: string): ResponseReader {
  const reader = new ResponseReader(new ResponseParts(), false);
  reader.read(octetsOf(text), 0, text.length, new Told());
  return reader;
}

class Told implements ResponseSink {
  readonly heads: string[] = [];
  body = "";

  interim(status: number, fields: readonly string[]): void {
    this.heads.push([status, ...fields].join(" "));
  }

  head(
    status: number,
    fields: readonly string[],
    _isWhole: boolean,
    mayTrail: boolean,
  ): void {
    const note = mayTrail ? ["(may trail)"] : [];
    this.heads.push([status, ...fields, ...note].join(" "));
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    this.body += textOf(bytes, start, end);
  }

  trailers(fields: readonly string[]): void {
    this.heads.push(fields.join(" "));
  }
}
