import assert from "node:assert/strict";
import { cautionsOf } from "../../src/agent/cautions.ts";

function cautions(serverUrl: string, serverKey = "", insecureTls = false) {
  return cautionsOf({ serverUrl, sendsSecret: serverKey !== "", insecureTls });
}

Deno.test("a key that leaves the machine unencrypted is worth a word", () => {
  const [caution = "", ...others] = cautions("http://lb.example.com:8080", "k");
  assert.match(caution, /"lb.example.com:8080" unencrypted/);
  assert.deepEqual(others, []);
  assert.equal(cautions("http://10.0.0.1", "k").length, 1);
});

Deno.test("a key that stays on the machine, is encrypted or is none is not", () => {
  for (
    const url of [
      "http://127.0.0.1:8080",
      "http://127.9.9.9",
      "http://[::1]:8080",
      "http://localhost:8080",
      "http://opsen.localhost",
      "https://lb.example.com",
    ]
  ) assert.deepEqual(cautions(url, "k"), [], url);
  assert.deepEqual(cautions("http://lb.example.com"), []);
});

Deno.test("a name that only begins like this machine's is another machine", () => {
  assert.equal(cautions("http://localhost.example.com", "k").length, 1);
});

Deno.test("a certificate that nobody checks is worth a word where there is one", () => {
  assert.match(cautions("https://lb", "", true)[0] ?? "", /Any certificate/);
  assert.deepEqual(cautions("http://lb", "", true), []);
});
