import assert from "node:assert/strict";
import { configuredKeys } from "../../src/trust/configured_keys.ts";
import { HashedKeyBook } from "../../src/trust/key_book.ts";
import { keyHash } from "../../src/wire/key_text.ts";
import { serverConfig } from "../config/load_text.ts";

async function keysOf(yaml: string) {
  return configuredKeys(await serverConfig(yaml));
}

Deno.test("server_key may do everything, api_keys what they say, and each has a name", async () => {
  const keys = await keysOf(`server_key: s
api_keys:
  - plain
  - {name: ci, key: c, scopes: [route, read], tiers: [lite], rate_limit_per_minute: 7}
`);
  assert.deepEqual(
    keys.map(({ principal: { name, scopes, tiers, ratePerMinute } }) => [
      ...[name, scopes, tiers, ratePerMinute],
    ]),
    [
      ["server_key", undefined, undefined, 0],
      ["api_keys[0]", undefined, undefined, 0],
      ["ci", ["route", "read"], ["lite"], 7],
    ],
  );
  assert.deepEqual(
    keys.map(({ hash }) => hash),
    ["s", "plain", "c"].map(
      keyHash,
    ),
  );
});

Deno.test("a hash stands for its key, with and without its kind, in either case", async () => {
  const hex = keyHash("sesame");
  for (const text of [hex, hex.toUpperCase(), `sha256:${hex}`]) {
    const book = new HashedKeyBook(() => 0);
    book.configure(await keysOf(`api_keys: [{name: ci, key_hash: "${text}"}]`));
    assert.equal(book.find("sesame").kind, "known", text);
    assert.equal(book.find(hex).kind, "unknown", "the hash is no key");
  }
});

Deno.test("a hash is what sha256sum says of the key", () => {
  assert.equal(
    keyHash("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("a day counts to its end, an instant to itself", async () => {
  const [day, instant] = await keysOf(`api_keys:
  - {key: a, expires: 2027-01-31}
  - {key: b, expires: "2027-01-31T12:00:00+02:00"}
`);
  assert.equal(day?.principal.expiresMs, Date.parse("2027-02-01T00:00:00Z"));
  assert.equal(
    instant?.principal.expiresMs,
    Date.parse("2027-01-31T10:00:00Z"),
  );
});

Deno.test("an empty key is none", async () => {
  assert.deepEqual(await keysOf("server_key: ''"), []);
});
