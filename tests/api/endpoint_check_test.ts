/** Where a backend may be, checked when it registers. */
import assert from "node:assert/strict";
import { AllowedEndpoints } from "../../src/trust/endpoint_rule.ts";
import type { ApiDeps } from "../../src/api/api_deps.ts";
import { REGISTER } from "../wire/samples.ts";
import { ApiHome, read } from "./api_home.ts";

/** A home with the default rule, where names stand for these; registrations come from 192.0.2.9. */
function home(
  names: Readonly<Record<string, readonly string[]>> = {},
  lookup: ApiDeps["lookup"] = (name) => Promise.resolve(names[name]),
): ApiHome {
  const endpointRule = new AllowedEndpoints([], {
    listeners: () => [{ hostname: "0.0.0.0", port: 8080 }],
    addresses: () => ["10.0.0.1"],
  });
  return new ApiHome({
    deps: { endpointRule, ...(lookup !== undefined && { lookup }) },
  });
}

function at(url: string): typeof REGISTER {
  return { ...REGISTER, endpoint_url: url, endpoints: [] };
}

Deno.test("a backend registers in private networks and where it comes from", async () => {
  for (
    const url of [
      "http://10.0.0.5:9000",
      "http://192.0.2.9",
      "http://0xa000005",
    ]
  ) {
    const [status, body] = await home().post("/register", at(url));
    assert.equal(status, 200, JSON.stringify(body));
  }
});

Deno.test("a registration elsewhere is refused with the line that would allow it, and changes nothing", async () => {
  const here = home({ "b.example": ["169.254.169.254"] });
  const before = here.state();
  for (
    const [url, detail] of [
      ["http://203.0.113.5", /endpoint_allow: \["203\.0\.113\.5"\]/],
      ["http://0xa9fea9fe/", /169\.254\.169\.254 is a cloud provider's/],
      ["http://b.example", /^Endpoint not allowed: b\.example \(169\.254/],
      ["http://127.0.0.1:9000", /loopback/],
      ["http://10.0.0.1:8080", /port 8080 is where this server itself/],
    ] as const
  ) {
    const [status, body] = await here.post("/register", at(url));
    assert.equal(status, 403, url);
    assert.equal(body.code, "endpoint_not_allowed");
    assert.match(String(body.detail), detail);
  }
  assert.equal(here.state(), before);
});

Deno.test("each of several endpoints is checked, and the one that is assumed too", async () => {
  const endpoints = [
    { url: "http://10.0.0.5", paths: ["*"] },
    { url: "http://203.0.113.5", paths: ["/b"] },
  ];
  const { endpoint_url: _, endpoints: __, ...bare } = REGISTER;
  for (
    const message of [
      { ...REGISTER, endpoints },
      { ...bare, local_ip: "169.254.169.254" },
    ]
  ) {
    const [, body] = await home().post("/register", message);
    assert.equal(body.code, "endpoint_not_allowed");
  }
});

Deno.test("a name is refused only when all of its addresses are, and not when nobody knows it", async () => {
  const names = { "some.example": ["169.254.169.254", "10.0.0.5"] };
  for (const host of ["some.example", "unknown.example"]) {
    const [status] = await home(names).post("/register", at(`http://${host}`));
    assert.equal(status, 200);
  }
});

Deno.test("what a message says of its own address counts for nothing", async () => {
  const message = { ...at("http://203.0.113.5"), public_ip: "203.0.113.5" };
  const [, body] = await home().post("/register", message);
  assert.equal(body.code, "endpoint_not_allowed");
});

Deno.test("a backend of the server's own machine is at loopback", async () => {
  const json = { "content-type": "application/json" };
  const body = JSON.stringify(at("http://127.0.0.1:9000"));
  const response = await home().send(
    "POST",
    "/register",
    body,
    json,
    "127.0.0.1",
  );
  assert.equal((await read(response))[0], 200);
});
