import assert from "node:assert/strict";
import { Origins } from "../../src/edge/origins.ts";
import { originOf } from "../../src/edge/origin.ts";
import { textOf } from "../../src/http1/octets.ts";

function read(url: string) {
  const origin = originOf(url);
  if (origin === undefined) return undefined;
  const { place, basePath, authority } = origin;
  return {
    place,
    base: textOf(basePath, 0, basePath.length),
    authority: textOf(authority, 0, authority.length),
  };
}

Deno.test("an endpoint's URL says where to connect to and what to put before paths", () => {
  assert.deepEqual(read("http://Node.example"), {
    place: { kind: "http", hostname: "node.example", port: 80 },
    base: "",
    authority: "node.example",
  });
  assert.deepEqual(read("https://node.example:8443/base/x//"), {
    place: { kind: "https", hostname: "node.example", port: 8443 },
    base: "/base/x",
    authority: "node.example:8443",
  });
  assert.deepEqual(read("http://[2001:db8::1]:81/"), {
    place: { kind: "http", hostname: "2001:db8::1", port: 81 },
    base: "",
    authority: "[2001:db8::1]:81",
  });
  assert.equal(read("https://a")?.place.kind, "https");
});

Deno.test("what is no http or https URL is no origin", () => {
  for (const url of ["", "a", "//a", "ftp://a", "unix:/x", "http://"]) {
    assert.equal(originOf(url), undefined, url);
  }
});

Deno.test("the address to connect to is that of the name, with the name for its certificate", () => {
  assert.deepEqual(originOf("http://a:81")?.addressOf("10.0.0.1"), {
    kind: "tcp",
    ip: "10.0.0.1",
    port: 81,
  });
  assert.deepEqual(originOf("https://a")?.addressOf("10.0.0.1"), {
    kind: "tls",
    ip: "10.0.0.1",
    port: 443,
    serverName: "a",
  });
});

Deno.test("an origin is remembered while it is asked for, and forgotten after ten minutes without", () => {
  const origins = new Origins();
  const origin = origins.get("http://a", 0);
  origins.sweep(500_000);
  assert.equal(origins.get("http://a", 500_000), origin);
  origins.sweep(1_100_000);
  assert.equal(origins.get("http://a", 1_100_000), origin);
  origins.sweep(1_700_001);
  assert.notEqual(origins.get("http://a", 1_700_001), origin);
});

Deno.test("an origin with open connections is not forgotten", () => {
  const origins = new Origins();
  const origin = origins.get("http://a", 0);
  assert.ok(origin !== undefined);
  origin.openCount = 1;
  origins.sweep(10_000_000);
  assert.equal(origins.get("http://a", 10_000_000), origin);
});
