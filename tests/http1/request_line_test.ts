import assert from "node:assert/strict";
import {
  METHOD_BYTES_MAX,
  TARGET_BYTES_MAX,
} from "../../src/http1/request_line.ts";
import { readRequest, type RequestReading } from "./readings.ts";

Deno.test("methods are tokens, known or not, told apart by case", () => {
  for (
    const method of [
      "GET",
      "get",
      "PROPFIND",
      "X!#$%&'*+-.^_`|~9",
      "M".repeat(METHOD_BYTES_MAX),
    ]
  ) assert.equal(read(`${method} / HTTP/1.1`).method, method);
});

Deno.test("a line that is not three words with single spaces is refused", () => {
  for (
    const [line, code] of [
      [" GET / HTTP/1.1", "bad_request_line"],
      ["GET\t/\tHTTP/1.1", "bad_request_line"],
      ["GE(T / HTTP/1.1", "bad_request_line"],
      ["GET: / HTTP/1.1", "bad_request_line"],
      ["GE\0T / HTTP/1.1", "bad_request_line"],
      ["G\xc9T / HTTP/1.1", "bad_request_line"],
      ["GET", "bad_request_line"],
      [`${"M".repeat(METHOD_BYTES_MAX + 1)} / HTTP/1.1`, "bad_request_line"],
      ["\x16\x03\x01\x02 tls", "bad_request_line"],
      ["GET  / HTTP/1.1", "bad_target"],
      ["GET / HTTP/1.1 ", "bad_version"],
      ["GET /  HTTP/1.1", "bad_version"],
      ["GET /a b HTTP/1.1", "bad_version"],
      ["GET / HTTP/1.1 x", "bad_version"],
      ["GET / HTTP/1.1\r", "bad_version"],
      ["GET /\tHTTP/1.1", "bad_target"],
      ["GET /", "bad_version"],
      ["GET /a\rb HTTP/1.1", "bad_version"],
      ["GET ", "bad_version"],
    ] as const
  ) assert.equal(verdictOf(line), code, line);
});

Deno.test("a lone LF or CR ends no line", () => {
  assert.equal(
    readRequest("GET / HTTP/1.1\nHost: a\r\n\r\n").verdict,
    "bad_version",
  );
  assert.equal(
    readRequest("GET / HTTP/1.1\rHost: a\r\n\r\n").verdict,
    "bad_version",
  );
  assert.equal(readRequest("GET /\nHost: a\r\n\r\n").verdict, "bad_target");
});

Deno.test("versions 1.0 and 1.1 are read, others are not supported, the rest is no version", () => {
  assert.equal(read("GET / HTTP/1.0").minor, 0);
  assert.equal(read("GET / HTTP/1.1").minor, 1);
  for (const version of ["1.2", "1.9", "2.0", "0.9", "3.0", "9.9"]) {
    assert.equal(
      verdictOf(`GET / HTTP/${version}`),
      "version_not_supported",
      version,
    );
  }
  for (
    const version of [
      "http/1.1",
      "Http/1.1",
      "HTTP/1,1",
      "HTTP/1.10",
      "HTTP/01.1",
      "HTTP/1",
      "HTTP/3",
      "HTTP/1.",
      "HTTP/.1",
      "HTTP/a.b",
      "HTTP-1.1",
      "HTTP 1.1",
      "XTTP/1.1",
      "HTTP/1.1x",
      "HTTP/",
      "HTTP/+.1",
    ]
  ) assert.equal(verdictOf(`GET / ${version}`), "bad_version", version);
});

Deno.test("a version is judged as soon as it is there, whatever follows it", () => {
  assert.equal(
    readRequest("GET / HTTP/2.0").verdict,
    "version_not_supported",
  );
  assert.equal(
    readRequest("GET / HTTP/2.0\n").verdict,
    "version_not_supported",
  );
  assert.equal(
    readRequest("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").verdict,
    "version_not_supported",
  );
  assert.equal(readRequest("GET /\r\n").verdict, "bad_version");
  assert.equal(readRequest("GET / x\n").verdict, "bad_version");
});

Deno.test("the origin form begins with a slash and is not touched", () => {
  for (
    const target of [
      "/",
      "//a/../%2e%2F;x?y=%0d%0a&z=?",
      '/{}|\\^`"<>',
      "/http://h/",
      "/" + "a".repeat(TARGET_BYTES_MAX - 1),
    ]
  ) {
    const reading = read(`GET ${target} HTTP/1.1`);
    assert.equal(reading.target, target);
    assert.equal(reading.path, target);
    assert.equal(reading.authority, "");
  }
});

Deno.test("octets that no target has are refused", () => {
  for (
    const target of [
      "/a#b",
      "/a\x01b",
      "/a\0b",
      "/a\x7fb",
      "/\xc3\xa9",
      "/a\tb",
    ]
  ) assert.equal(verdictOf(`GET ${target} HTTP/1.1`), "bad_target", target);
});

Deno.test("a target beyond the limit is refused before its line ends", () => {
  const target = "/" + "a".repeat(TARGET_BYTES_MAX);
  assert.equal(verdictOf(`GET ${target} HTTP/1.1`), "target_too_long");
  assert.equal(readRequest(`GET ${target}`).verdict, "target_too_long");
});

Deno.test("the absolute form names an authority, a path or a query", () => {
  for (
    const [target, authority, path] of [
      ["http://h/p?q", "h", "/p?q"],
      ["HTTPS://H.example:8/", "H.example:8", "/"],
      ["http://h", "h", ""],
      ["http://h?x", "h", "?x"],
      ["http://h?x/y", "h", "?x/y"],
      ["http://[::1]:80/a", "[::1]:80", "/a"],
      ["http://h:/", "h:", "/"],
    ] as const
  ) {
    const reading = read(`GET ${target} HTTP/1.1`);
    assert.deepEqual([reading.authority, reading.path], [authority, path]);
    assert.equal(reading.target, target);
  }
});

Deno.test("an absolute form without a plain authority is refused", () => {
  for (
    const target of [
      "http://",
      "http:///p",
      "http://?q",
      "http://:80/",
      "http://u@h/",
      "http://u:p@h/",
      "http://h\\@evil/",
      "http://h%2f/",
      "http://a,b/",
      "http://[::1/",
      "http://h:x/",
      "http:/h/",
      "http:h",
      "http",
      "http:",
      "ftp://h/",
      "httpx://h/",
      "://h/",
      "h:80",
    ]
  ) assert.equal(verdictOf(`GET ${target} HTTP/1.1`), "bad_target", target);
});

Deno.test("the asterisk is a target of OPTIONS alone", () => {
  assert.equal(read("OPTIONS * HTTP/1.1").path, "*");
  for (
    const line of [
      "GET * HTTP/1.1",
      "options * HTTP/1.1",
      "OPTIONS ** HTTP/1.1",
    ]
  ) assert.equal(verdictOf(line), "bad_target", line);
});

Deno.test("CONNECT is not allowed, with whatever target", () => {
  for (const target of ["a.example:443", "/", "*", "http://h/", "h"]) {
    assert.equal(
      verdictOf(`CONNECT ${target} HTTP/1.1`),
      "method_not_allowed",
      target,
    );
  }
  assert.equal(verdictOf("connect / HTTP/1.1"), "method_not_allowed");
});

Deno.test("a path without a slash or a lone authority is no target", () => {
  for (const target of ["foo", "a.example:80", "?q", ".", "%2f"]) {
    assert.equal(verdictOf(`GET ${target} HTTP/1.1`), "bad_target", target);
  }
});

function verdictOf(line: string): string {
  return readRequest(`${line}\r\nHost: a\r\n\r\n`).verdict;
}

function read(line: string): RequestReading {
  const reading = readRequest(`${line}\r\nHost: a\r\n\r\n`);
  assert.ok("method" in reading, `${line}: ${reading.verdict}`);
  return reading;
}
