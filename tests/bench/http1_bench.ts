/**
 * What reading one head costs: `codec` against `strings`, the plain way of decoding the octets and splitting the text.
 * Both assert first that they read the same. The plain way checks next to nothing, so the codec does more work.
 */
import assert from "node:assert/strict";
import { FieldNames } from "../../src/http1/field_names.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import { parseRequestHead, RequestHead } from "../../src/http1/request_head.ts";
import {
  parseResponseHead,
  ResponseHead,
} from "../../src/http1/response_head.ts";

/** As a load generator sends it. */
const SHORT_REQUEST = [
  "GET /api/items/17?full=1 HTTP/1.1",
  "Host: 127.0.0.1:8080",
  "Connection: keep-alive",
  "User-Agent: load/4.2",
  "Accept: */*",
  "X-API-Key: 0123456789abcdef",
];

/** As a browser sends it. */
const BROWSER_REQUEST = [
  "POST /app/sessions/7f1c/messages?after=1699 HTTP/1.1",
  "Host: app.example.com",
  "Connection: keep-alive",
  "Content-Length: 482",
  'sec-ch-ua: "Chromium";v="142", "Not A(Brand";v="24"',
  "sec-ch-ua-mobile: ?0",
  'sec-ch-ua-platform: "Linux"',
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Content-Type: application/json",
  "Accept: application/json, text/plain, */*",
  "X-Requested-With: XMLHttpRequest",
  "Origin: https://app.example.com",
  "Sec-Fetch-Site: same-origin",
  "Sec-Fetch-Mode: cors",
  "Sec-Fetch-Dest: empty",
  "Referer: https://app.example.com/app/sessions/7f1c",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-US,en;q=0.9,de;q=0.8",
  `Cookie: sid=${"a1b2c3d4".repeat(8)}; theme=dark; _ga=GA1.1.123.456`,
  'If-None-Match: W/"1f-abcdef"',
  "Priority: u=1, i",
];

const RESPONSE = [
  "HTTP/1.1 200 OK",
  "Date: Sat, 01 Nov 2025 12:00:00 GMT",
  "Content-Type: application/json; charset=utf-8",
  "Content-Length: 27",
  "Connection: keep-alive",
  "Cache-Control: no-store",
  "X-Request-Id: 0123456789abcdef",
];

const NAMES = new FieldNames(["x-tier", "x-sticky-id"]);

for (
  const [name, lines] of [
    ["request of 5 fields", SHORT_REQUEST],
    ["request of 20 fields", BROWSER_REQUEST],
  ] as const
) {
  const bytes = octetsOf([...lines, "", ""].join("\r\n"));
  const head = new RequestHead();
  compare(name, bytes, () => {
    const verdict = parseRequestHead(bytes, 0, bytes.length, NAMES, head);
    assert.equal(verdict, "complete");
    return head;
  });
}

{
  const bytes = octetsOf([...RESPONSE, "", ""].join("\r\n"));
  const head = new ResponseHead();
  compare("response of 6 fields", bytes, () => {
    const verdict = parseResponseHead(bytes, 0, bytes.length, NAMES, head);
    assert.equal(verdict, "complete");
    return head;
  });
}

function compare(
  name: string,
  bytes: Uint8Array,
  parse: () => RequestHead | ResponseHead,
): void {
  const decoder = new TextDecoder("latin1");
  const plain = split(decoder.decode(bytes));
  const { fields, contentLength, end } = parse();
  assert.equal(end, bytes.length);
  assert.equal(fields.count, plain.size);
  assert.equal(String(contentLength), plain.get("content-length") ?? "-1");
  for (let i = 0; i < fields.count; i++) {
    const name = textOf(bytes, fields.nameStart(i), fields.nameEnd(i));
    assert.equal(
      textOf(bytes, fields.valueStart(i), fields.valueEnd(i)),
      plain.get(name.toLowerCase()),
    );
  }
  Deno.bench({ name: `codec: ${name}`, group: name, fn: () => void parse() });
  Deno.bench({
    name: `strings: ${name}`,
    group: name,
    baseline: true,
    fn: () => void split(decoder.decode(bytes)),
  });
}

/** The plain way: lines, then names and values. */
function split(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  const lines = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    fields.set(
      line.slice(0, colon).toLowerCase(),
      line.slice(colon + 1).trim(),
    );
  }
  return fields;
}
