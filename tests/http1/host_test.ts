import assert from "node:assert/strict";
import fc from "fast-check";
import { isIPv6 } from "node:net";
import { isHost } from "../../src/http1/host.ts";
import { octetsOf } from "../../src/http1/octets.ts";
import { seedOf } from "../seed.ts";

Deno.test("names, addresses and ports are hosts", () => {
  for (
    const host of [
      "a",
      "EXAMPLE.com",
      "a.example:8080",
      "a.example:",
      "xn--bcher-kva.example",
      "my_host~1",
      "127.0.0.1:80",
      "[::1]",
      "[::1]:80",
      "[::]",
      "[2001:DB8::8a2e:370:7334]:443",
      "[::ffff:192.0.2.1]",
      "[1:2:3:4:5:6:7:8]",
      "a:65535",
    ]
  ) assert.ok(isHostText(host), host);
});

Deno.test("everything else is not", () => {
  for (
    const host of [
      "",
      ":80",
      "a b",
      "a, b",
      "a,b",
      "u@a",
      "u:p@a",
      "a?b",
      "a/b",
      "a#b",
      "a\\b",
      "a%2eb",
      "a:80:90",
      "a:8o",
      "a:-1",
      "a:123456",
      "a\x01b",
      "a\x00",
      "a\x7f",
      "\xe9.example",
      "[::1",
      "::1",
      "[]",
      "[]:80",
      "[1]",
      "[..]",
      "[::1]x",
      "[::1]:x",
      "[::1]]",
      "[[::1]]",
      "[::1%25eth0]",
      "[v1.a]",
      "[1:2:3:4:5:6:7:8:9]",
      "[1::2::3]",
      "[12345::]",
      "[::256.0.0.1]",
      "[::1.2.3]",
      "[::01.2.3.4]",
      "[127.0.0.1]",
    ]
  ) assert.ok(!isHostText(host), host);
});

Deno.test("an address in brackets is taken when, and only when, it is one", () => {
  const group = fc.stringMatching(/^[0-9a-fA-F]{0,5}$/);
  const piece = fc.oneof(
    { weight: 6, arbitrary: group },
    { weight: 1, arbitrary: fc.ipV4() },
  );
  const text = fc.oneof(
    fc.ipV6(),
    fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(":")),
  );
  fc.assert(
    fc.property(text, (text) => {
      assert.equal(isHostText(`[${text}]`), isIPv6(text));
    }),
    { seed: seedOf("IPv6"), numRuns: 1000 },
  );
});

function isHostText(host: string): boolean {
  const bytes = octetsOf(`1${host}]:80`);
  return isHost(bytes, 1, 1 + host.length);
}
