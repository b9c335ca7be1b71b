import assert from "node:assert/strict";
import { readResponse } from "./readings.ts";

Deno.test("statuses 100 to 599 are read, with any reason or none", () => {
  for (
    const [line, status] of [
      ["100 Continue", 100],
      ["200 OK", 200],
      ["200", 200],
      ["200 ", 200],
      ["404 Not  Found\t", 404],
      ["418 \xfcber", 418],
      ["599 x", 599],
    ] as const
  ) {
    const reading = readResponse(`HTTP/1.1 ${line}\r\n\r\n`);
    assert.ok("status" in reading, line);
    assert.equal(reading.status, status);
    assert.equal(reading.line, line);
    assert.equal(reading.end, line.length + 13);
  }
});

Deno.test("both minor versions are read", () => {
  for (const minor of [0, 1]) {
    const reading = readResponse(`HTTP/1.${minor} 200 OK\r\n\r\n`);
    assert.ok("minor" in reading);
    assert.equal(reading.minor, minor);
  }
});

Deno.test("every other first line is refused", () => {
  for (
    const line of [
      "HTTP/1.1 99 X",
      "HTTP/1.1 099 X",
      "HTTP/1.1 600 X",
      "HTTP/1.1 999 X",
      "HTTP/1.1 1000 X",
      "HTTP/1.1 0200 X",
      "HTTP/1.1 abc OK",
      "HTTP/1.1 20x OK",
      "HTTP/1.1 -20 OK",
      "HTTP/1.1  200 OK",
      "HTTP/1.1\t200 OK",
      "HTTP/1.1 200OK",
      "HTTP/1.1 200\tOK",
      "HTTP/1.1 200 a\0b",
      "HTTP/1.1 200 a\x7f",
      "HTTP/1.1 200 a\rb",
      "HTTP/1.1 200 a\nb",
      "HTTP/1.1",
      "HTTP/1.2 200 OK",
      "HTTP/2.0 200 OK",
      "HTTP/9.9 200 OK",
      "HTTP/0.9 200 OK",
      "http/1.1 200 OK",
      " HTTP/1.1 200 OK",
      "\r\nHTTP/1.1 200 OK",
      "ICY 200 OK",
      "SSH-2.0-OpenSSH_9",
      "\0\x01garbage",
      "",
    ]
  ) {
    assert.equal(
      readResponse(`${line}\r\n\r\n`).verdict,
      "bad_status_line",
      line,
    );
  }
});

Deno.test("a lone LF ends no status line", () => {
  for (const text of ["HTTP/1.1 200 OK\n\n", "HTTP/1.1 200\n\n"]) {
    assert.equal(readResponse(text).verdict, "bad_status_line");
  }
});

Deno.test("what can't become HTTP is refused at its first wrong octet", () => {
  assert.equal(readResponse("S").verdict, "bad_status_line");
  assert.equal(readResponse("HTTP/1.2").verdict, "bad_status_line");
  assert.equal(readResponse("HTTP/1.1").verdict, "incomplete");
});
