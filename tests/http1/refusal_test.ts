import assert from "node:assert/strict";
import { REQUEST_REFUSALS } from "../../src/http1/refusal.ts";
import { readRequest } from "./readings.ts";

/** One request for every refusal of a head. */
const REFUSED: Readonly<Record<string, string>> = {
  bad_request_line: " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  bad_target: "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
  bad_version: "GET / HTTP/11\r\nHost: a\r\n\r\n",
  bad_field: "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
  bad_host: "GET / HTTP/1.1\r\n\r\n",
  bad_connection: "GET / HTTP/1.1\r\nHost: a\r\nConnection: (\r\n\r\n",
  bad_content_length: "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
  bad_transfer_encoding:
    "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n",
  method_not_allowed: "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
  target_too_long: `GET /${"a".repeat(32_768)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  head_too_large: `GET / HTTP/1.1\r\nX: ${"a".repeat(65_536)}\r\n\r\n`,
  too_many_fields: `GET / HTTP/1.1\r\n${"X: 1\r\n".repeat(257)}\r\n`,
  version_not_supported: "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
};

/** Found out while the body is read, not the head. */
const OF_BODIES = ["bad_chunk", "bad_trailer", "body_too_large"];

Deno.test("every refusal of a request head happens", () => {
  for (const [code, text] of Object.entries(REFUSED)) {
    assert.equal(readRequest(text).verdict, code);
  }
  assert.deepEqual(
    [...Object.keys(REFUSED), ...OF_BODIES].sort(),
    Object.keys(REQUEST_REFUSALS).sort(),
  );
});

Deno.test("refusals are answered with the status that RFC 9110 and RFC 6585 have for them", () => {
  const others = Object.entries(REQUEST_REFUSALS).filter(([, status]) =>
    status !== 400
  );
  assert.deepEqual(Object.fromEntries(others), {
    method_not_allowed: 405,
    body_too_large: 413,
    target_too_long: 414,
    head_too_large: 431,
    too_many_fields: 431,
    version_not_supported: 505,
  });
});
