import assert from "node:assert/strict";
import fc from "fast-check";
import {
  HEADER_BYTES_MAX,
  type ProxyFault,
  type ProxyHeader,
  readProxyHeader,
} from "../../src/http1/proxy_protocol.ts";

const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function read(text: string): ProxyHeader {
  const bytes = bytesOf(text);
  return readProxyHeader(bytes, 0, bytes.length);
}

/** A header of version 2; `rest` are its addresses and what follows them. */
function binary(
  command: number,
  family: number,
  rest: readonly number[],
  length = rest.length,
): string {
  const head = [command, family, length >> 8, length & 0xff, ...rest];
  return SIGNATURE + String.fromCharCode(...head);
}

const V4 = [192, 0, 2, 1, 10, 0, 0, 1, 0xdc, 0x04, 0x01, 0xbb];
const V6 = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0a],
  ...Array.from({ length: 16 }, () => 0xff),
  ...[0xdc, 0x04, 0x01, 0xbb],
];
const UNIX = Array.from({ length: 216 }, () => 0x41);
const FIELD = [0x04, 0x00, 0x02, 0x00, 0x00];

function refused(fault: ProxyFault): ProxyHeader {
  return { kind: "refused", fault };
}

/** Headers, and what they say but for where they end. */
const GOOD: readonly (readonly [string, object])[] = [
  ["PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n", {
    kind: "proxied",
    ip: "192.0.2.1",
    port: 56_324,
  }],
  ["PROXY TCP4 255.255.255.255 255.255.255.255 65535 0\r\n", {
    kind: "proxied",
    ip: "255.255.255.255",
    port: 65_535,
  }],
  ["PROXY TCP6 2001:db8::a ::1 1 2\r\n", {
    kind: "proxied",
    ip: "2001:db8::a",
    port: 1,
  }],
  ["PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", {
    kind: "proxied",
    ip: "::ffff:192.0.2.1",
    port: 1,
  }],
  ["PROXY UNKNOWN\r\n", { kind: "local" }],
  [
    "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n",
    { kind: "local" },
  ],
  [`PROXY UNKNOWN ${"x".repeat(107 - 16)}\r\n`, { kind: "local" }],
  [binary(0x21, 0x11, V4), { kind: "proxied", ip: "192.0.2.1", port: 56_324 }],
  [binary(0x21, 0x11, [...V4, ...FIELD, ...FIELD]), {
    kind: "proxied",
    ip: "192.0.2.1",
    port: 56_324,
  }],
  [binary(0x21, 0x21, V6), {
    kind: "proxied",
    ip: "2001:db8:0:0:0:0:0:a",
    port: 56_324,
  }],
  [binary(0x20, 0x00, []), { kind: "local" }],
  [binary(0x20, 0x11, V4), { kind: "local" }],
  [binary(0x20, 0xff, FIELD), { kind: "local" }],
  [binary(0x21, 0x00, FIELD), { kind: "local" }],
  [binary(0x21, 0x31, UNIX), { kind: "local" }],
  [binary(0x21, 0x12, V4), { kind: "local" }],
  [binary(0x21, 0x00, Array.from({ length: 4096 }, () => 0)), {
    kind: "local",
  }],
];

const BAD: readonly (readonly [string, ProxyFault])[] = [
  ["GET / HTTP/1.1\r\n", "absent"],
  ["proxy TCP4 192.0.2.1 10.0.0.1 1 2\r\n", "absent"],
  ["PROXY\tTCP4 192.0.2.1 10.0.0.1 1 2\r\n", "absent"],
  ["\x16\x03\x01", "absent"],
  ["\r\n\r\nGET", "absent"],
  ["PROXY TCP4 192.0.2.1 10.0.0.1 1 2\n", "malformed"],
  ["PROXY TCP4 192.0.2.1 10.0.0.1 1 2 \r\n", "malformed"],
  ["PROXY  TCP4 192.0.2.1 10.0.0.1 1 2\r\n", "malformed"],
  ["PROXY TCP4 192.0.2.1 10.0.0.1 1\r\n", "malformed"],
  ["PROXY TCP4 192.0.2.1 10.0.0.1 1 65536\r\n", "malformed"],
  ["PROXY TCP4 192.0.2.1 10.0.0.1 01 2\r\n", "malformed"],
  ["PROXY TCP4 192.0.2.01 10.0.0.1 1 2\r\n", "malformed"],
  ["PROXY TCP4 192.0.2.256 10.0.0.1 1 2\r\n", "malformed"],
  ["PROXY TCP4 ::1 ::1 1 2\r\n", "malformed"],
  ["PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n", "malformed"],
  ["PROXY TCP6 2001:db8::a%1 ::1 1 2\r\n", "malformed"],
  ["PROXY TCP6 1::2::3 ::1 1 2\r\n", "malformed"],
  ["PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n", "malformed"],
  ["PROXY UNKNOWNX\r\n", "malformed"],
  ["PROXY \r\n", "malformed"],
  [`PROXY UNKNOWN ${"x".repeat(107 - 15)}\r\n`, "too_long"],
  [`PROXY ${"x".repeat(101)}`, "too_long"],
  [binary(0x11, 0x11, V4), "version"],
  [binary(0x31, 0x11, V4), "version"],
  [binary(0x22, 0x11, V4), "malformed"],
  [binary(0x21, 0x41, V4), "malformed"],
  [binary(0x21, 0x13, V4), "malformed"],
  [binary(0x21, 0x11, V4.slice(1)), "malformed"],
  [binary(0x21, 0x21, V6.slice(1)), "malformed"],
  [binary(0x21, 0x31, UNIX.slice(1)), "malformed"],
  [binary(0x21, 0x11, V4, 4097), "too_long"],
  [binary(0x20, 0x00, [], 0xffff), "too_long"],
];

Deno.test("headers of both versions are read to their end and not beyond", () => {
  for (const [text, said] of GOOD) {
    for (const rest of ["", "GET / HTTP/1.1\r\n", "\r\n\r\n", text]) {
      assert.deepEqual(read(text + rest), { ...said, end: text.length });
    }
  }
});

Deno.test("what is no header, another version, too long or malformed is refused", () => {
  for (const [text, fault] of BAD) {
    assert.deepEqual(read(text), refused(fault), JSON.stringify(text));
    assert.deepEqual(read(text + "more\r\n"), refused(fault));
  }
});

Deno.test("a header that has not come in full is incomplete, at every octet of it", () => {
  for (const [text] of GOOD) {
    for (let length = 0; length < text.length; length++) {
      assert.equal(read(text.slice(0, length)).kind, "incomplete", text);
    }
  }
});

/** Headers, damaged ones, and anything. */
const anything = fc.oneof(
  fc.constantFrom(...GOOD, ...BAD).map(([text]) => text),
  fc.tuple(
    fc.constantFrom(...GOOD).map(([text]) => text),
    fc.nat(),
    fc.nat(255),
  ).map(([text, at, octet]) => {
    const index = at % text.length;
    return text.slice(0, index) + String.fromCharCode(octet) +
      text.slice(index + 1);
  }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) =>
    String.fromCharCode(...bytes)
  ),
  fc.uint8Array({ maxLength: 40 }).map((bytes) =>
    SIGNATURE + String.fromCharCode(...bytes)
  ),
  fc.string({ maxLength: 130 }).map((text) => `PROXY ${text}\r\n`),
);

Deno.test("nothing throws, and the verdict is the same however the octets come", () => {
  fc.assert(
    fc.property(anything, fc.string(), fc.nat(20), (text, rest, start) => {
      const bytes = bytesOf("\0".repeat(start) + text + rest);
      const whole = readProxyHeader(bytes, start, bytes.length);
      let settled: ProxyHeader | undefined;
      for (let end = start; end <= bytes.length; end++) {
        const verdict = readProxyHeader(bytes, start, end);
        if (settled !== undefined) assert.deepEqual(verdict, settled);
        else if (verdict.kind !== "incomplete") settled = verdict;
        if ("end" in verdict) assert.ok(verdict.end <= end);
      }
      assert.deepEqual(settled ?? { kind: "incomplete" }, whole);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("more than the bound is never waited for", () => {
  fc.assert(fc.property(anything, (text) => {
    const padded = text + "\0".repeat(HEADER_BYTES_MAX);
    const verdict = read(padded);
    assert.notEqual(verdict.kind, "incomplete");
    if ("end" in verdict) assert.ok(verdict.end <= HEADER_BYTES_MAX);
  }));
});
