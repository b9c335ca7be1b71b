import assert from "node:assert/strict";
import { read, refused, sends } from "./small_requests.ts";

Deno.test("without a length or a coding there is no body", () => {
  const reading = read();
  assert.equal(reading.contentLength, -1);
  assert.equal(reading.isChunked, false);
  assert.equal(reading.hasBody, false);
});

Deno.test("Content-Length is digits, with blanks around them at most", () => {
  for (
    const [value, length] of [
      [" 5", 5],
      ["5", 5],
      ["\t5\t", 5],
      [" 0005", 5],
      [" 0", 0],
      [" 999999999999999", 999_999_999_999_999],
    ] as const
  ) {
    const reading = read([`Content-Length:${value}`]);
    assert.equal(reading.contentLength, length);
    assert.equal(reading.hasBody, length > 0);
    assert.ok(sends(reading, "Content-Length"));
  }
});

Deno.test("any other Content-Length is refused, and so are two of them", () => {
  for (
    const value of [
      "+5",
      "-5",
      "0x5",
      "5a",
      "5 5",
      "",
      "5.0",
      "5,",
      "5_0",
      "99999999999999999999999",
      "18446744073709551621",
      "1000000000000000",
      "5, 5",
      "5, 6",
      "\xa05",
      '"5"',
    ]
  ) refused("bad_content_length", [`Content-Length: ${value}`]);
  refused("bad_field", ["Content-Length: \x0b5"]);
  for (const second of ["5", "6", "05", ""]) {
    refused("bad_content_length", [
      "Content-Length: 5",
      `content-length: ${second}`,
    ]);
  }
  refused("bad_content_length", ["Content-Length: 0", "Content-Length: 9"]);
});

Deno.test("the only transfer coding is chunked, in any case, and it is not sent on", () => {
  for (const value of ["chunked", " ChUnKeD", "\tchunked\t"]) {
    const reading = read([`Transfer-Encoding:${value}`]);
    assert.ok(reading.isChunked && reading.hasBody);
    assert.equal(reading.contentLength, -1);
    assert.ok(!sends(reading, "Transfer-Encoding"));
  }
});

Deno.test("any other Transfer-Encoding is refused", () => {
  for (
    const value of [
      "foo",
      "identity",
      "xchunked",
      "chunked, gzip",
      "gzip, chunked",
      "chunked, chunked",
      ", chunked",
      "chunked,",
      '"chunked"',
      "'chunked'",
      "chunked;q=1",
      "chunked ;a",
      "",
      "\xa0chunked",
      "chunked\xa0",
      "chun ked",
    ]
  ) refused("bad_transfer_encoding", [`Transfer-Encoding: ${value}`]);
  for (
    const [first, second] of [
      ["chunked", "identity"],
      ["identity", "chunked"],
      ["chunked", "chunked"],
      ["chunked", ""],
    ]
  ) {
    refused("bad_transfer_encoding", [
      `Transfer-Encoding: ${first}`,
      `Transfer-Encoding: ${second}`,
    ]);
  }
  for (const value of ["\x0bchunked", "chunked\0", "chun\0ked"]) {
    refused("bad_field", [`Transfer-Encoding: ${value}`]);
  }
  refused("bad_field", ["Transfer-Encoding : chunked"]);
  refused("bad_field", ["X: x\rTransfer-Encoding: chunked"]);
});

Deno.test("a transfer coding in HTTP/1.0, or beside a length, is refused", () => {
  refused("bad_transfer_encoding", ["Transfer-Encoding: chunked"], "1.0");
  const length = "Content-Length: 5";
  const coding = "Transfer-Encoding: chunked";
  refused("bad_transfer_encoding", [length, coding]);
  refused("bad_transfer_encoding", [coding, length]);
  refused("bad_transfer_encoding", [coding, "Content-Length: 0"]);
});

Deno.test("a name that only looks like one of framing frames nothing", () => {
  const reading = read([
    "Transfer_Encoding: chunked",
    "Content_Length: 5",
    "XTransfer-Encoding: chunked",
  ]);
  assert.equal(reading.hasBody, false);
  assert.equal(reading.sent.length, 4);
});
