import assert from "node:assert/strict";
import { endpointOf, endpointUrl } from "../../src/wire/endpoint.ts";

const NOTHING = {
  endpointUrl: "",
  endpoints: [],
  localIp: "",
  publicIp: "",
};

Deno.test("the endpoint that was given wins over everything else", () => {
  const endpoint = endpointOf({
    endpointUrl: "https://a.example",
    endpoints: [{ url: "http://b", paths: ["*"] }],
    localIp: "10.0.0.1",
    publicIp: "203.0.113.1",
  });
  assert.equal(endpoint, "https://a.example");
});

Deno.test("of several endpoints the one for all paths is the main one, else the first", () => {
  const api = { url: "http://a", paths: ["/api"] };
  const all = { url: "http://b", paths: ["/x", "*"] };
  const mainOf = (...endpoints: (typeof api)[]) =>
    endpointOf({ ...NOTHING, endpoints, localIp: "10.0.0.1" });
  assert.equal(mainOf(api, all), "http://b");
  assert.equal(mainOf(api), "http://a");
});

Deno.test("without an endpoint it is port 11000 of the local address, else of the public one", () => {
  const local = { ...NOTHING, localIp: "10.0.0.1", publicIp: "203.0.113.1" };
  assert.equal(endpointOf(local), "http://10.0.0.1:11000");
  const publicOnly = { ...NOTHING, publicIp: "203.0.113.1" };
  assert.equal(endpointOf(publicOnly), "http://203.0.113.1:11000");
  assert.equal(endpointOf(NOTHING), undefined);
});

Deno.test("an IPv6 address gets its brackets", () => {
  const endpoint = endpointOf({ ...NOTHING, localIp: "2001:db8::1" });
  assert.equal(endpoint, "http://[2001:db8::1]:11000");
  assert.ok(URL.canParse(endpoint ?? ""));
});

for (
  const url of [
    "http://a",
    "https://a.example:8443/base/path?x=1",
    "HTTP://A.EXAMPLE",
    "http://[2001:db8::1]:80",
    "http://127.0.0.1:9101",
  ]
) {
  Deno.test(`${url} is an endpoint and stays as it was written`, () => {
    assert.equal(endpointUrl.parse(url), url);
  });
}

for (
  const url of [
    "",
    "a.example",
    "//a.example",
    "http:a.example",
    "http:/a.example",
    "http:///a.example",
    "http://",
    "ftp://a.example",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://user@a.example",
    "http://user:secret@a.example",
    "http://:secret@a.example",
    "http://a.example\\@b.example",
    " http://a.example",
    "http://a.example\t",
    "http://a.exa\nmple",
    "http://a.example:99999",
    "http://a b",
    "http://[::1",
    `http://a.example/${"a".repeat(2048)}`,
    "http://a.example/\u0000",
  ]
) {
  Deno.test(`${JSON.stringify(url).slice(0, 40)} is no endpoint`, () => {
    assert.equal(endpointUrl.safeParse(url).success, false);
  });
}
