import assert from "node:assert/strict";
import { addressOfUrl } from "../../src/agent/url_address.ts";

Deno.test("a URL is a host and a port, that of its scheme when it names none", () => {
  const addresses = [
    "http://lb.example.com",
    "https://lb.example.com/opsen",
    "http://10.0.0.1:8080",
    "http://[::1]:9000/x",
    "https://user:word@[fe80::1]",
  ].map(addressOfUrl);
  assert.deepEqual(addresses, [
    { hostname: "lb.example.com", port: 80 },
    { hostname: "lb.example.com", port: 443 },
    { hostname: "10.0.0.1", port: 8080 },
    { hostname: "::1", port: 9000 },
    { hostname: "fe80::1", port: 443 },
  ]);
});
