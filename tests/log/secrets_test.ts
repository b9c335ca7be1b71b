import assert from "node:assert/strict";
import { isSecret, maskSecrets } from "../../src/log/secrets.ts";

Deno.test("entries named like secrets are secrets", () => {
  for (
    const name of [
      "key",
      "server_key",
      "serverKey",
      "api_keys",
      "apiKeys",
      "apikey",
      "APIKey",
      "X-Api-Key",
      "token",
      "auth.token",
      "accessToken",
      "password",
      "dbpassword",
      "DB_PASSWORD",
      "authorization",
      "Proxy-Authorization",
      "Set-Cookie",
      "jwtSecret",
      "client_secret",
      "credentials",
      "passphrase",
    ]
  ) assert.ok(isSecret(name, "x"), name);
});

Deno.test("entries named otherwise are not secrets", () => {
  for (
    const name of [
      "",
      "monkey",
      "keyboard",
      "tls_key_file",
      "tlsKeyFile",
      "tier",
      "hostname",
      "tokenizer",
      "keyCount",
    ]
  ) assert.ok(!isSecret(name, "x"), name);
});

Deno.test("numbers, flags and empty values are no secrets", () => {
  for (const value of [5, true, null, undefined, "", [], 1n]) {
    assert.ok(!isSecret("token", value), String(value));
  }
  for (const value of ["x", ["x"], { id: "x" }]) {
    assert.ok(isSecret("token", value), String(value));
  }
});

Deno.test("secrets inside of text are masked, and the rest is left as it is", () => {
  const samples: readonly (readonly [string, string])[] = [
    ["http://user:pass@127.0.0.1:8080/x", "http://***@127.0.0.1:8080/x"],
    [
      "See redis://:pass@cache and http://plain/",
      "See redis://***@cache and http://plain/",
    ],
    ["Authorization: Bearer abc.def-ghi_123", "Authorization: Bearer ***"],
    ["bearer ABCDEFGH", "bearer ***"],
    ["GET /x?api_key=1234&tier=lite", "GET /x?api_key=***&tier=lite"],
    ["/x?a=1&access_token=1234#top", "/x?a=1&access_token=***#top"],
    ["A -----BEGIN EC PRIVATE KEY-----\nMHc\n", "A ***"],
    [
      "-----BEGIN CERTIFICATE-----\nMHc\n",
      "-----BEGIN CERTIFICATE-----\nMHc\n",
    ],
    ["http://127.0.0.1:8080/a@b", "http://127.0.0.1:8080/a@b"],
    ["A bearer of news? Yes", "A bearer of news? Yes"],
    ["", ""],
  ];
  for (const [text, masked] of samples) assert.equal(maskSecrets(text), masked);
});
