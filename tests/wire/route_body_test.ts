import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parse } from "../../src/wire/parse.ts";
import { checkedRouteBody, routeBody } from "../../src/wire/route_body.ts";
import { seedOf } from "../seed.ts";
import { faults, valid } from "./samples.ts";

Deno.test("an ask may be nothing but a tier", () => {
  assert.deepEqual(valid(routeBody, { tier: "small" }), {
    tier: "small",
    clientIp: "",
    place: undefined,
  });
});

Deno.test("coordinates are a place only when both are there and not both zero", () => {
  const placeOf = (message: object) =>
    valid(routeBody, { tier: "small", ...message }).place;
  assert.deepEqual(placeOf({ client_lat: 52.5, client_lon: 13.4 }), {
    latitude: 52.5,
    longitude: 13.4,
    country: "",
    city: "",
  });
  assert.notEqual(placeOf({ client_lat: 0, client_lon: 13.4 }), undefined);
  assert.notEqual(placeOf({ client_lat: 90, client_lon: -180 }), undefined);
  assert.equal(placeOf({ client_lat: 0, client_lon: 0 }), undefined);
  assert.equal(placeOf({ client_lat: -0, client_lon: 0 }), undefined);
  assert.equal(placeOf({ client_lat: 52.5 }), undefined);
  assert.equal(placeOf({ client_lon: 13.4, client_lat: null }), undefined);
});

Deno.test("the address of the session's owner is an address or not known", () => {
  const ipOf = (client_ip: unknown) =>
    valid(routeBody, { tier: "small", client_ip }).clientIp;
  assert.equal(ipOf("203.0.113.7"), "203.0.113.7");
  assert.equal(ipOf("2001:db8::1"), "2001:db8::1");
  assert.equal(ipOf("unknown"), "");
  assert.equal(ipOf(""), "");
  assert.equal(ipOf(null), "");
});

const REFUSED: readonly (readonly [object, string])[] = [
  [{}, "tier: must be a text, found nothing"],
  [{ tier: "" }, 'tier: must not be empty, found ""'],
  [{ tier: null }, "tier: must be a text, found null"],
  [{ tier: { $gt: "" } }, "tier: must be a text, found an object"],
  [
    { tier: "a".repeat(129) },
    "tier: must be at most 128 characters, found a text of 129 characters",
  ],
  [
    { tier: "a\u0000" },
    'tier: must be text without control characters, found "a\\u0000"',
  ],
  [
    { tier: "a", client_ip: "1.2.3" },
    'client_ip: must be an IPv4 or IPv6 address, found "1.2.3"',
  ],
  [
    { tier: "a", client_lat: 91, client_lon: 0 },
    "client_lat: must be at most 90, found 91",
  ],
  [
    { tier: "a", client_lon: "13" },
    'client_lon: must be a finite number, found "13"',
  ],
];

for (const [message, expected] of REFUSED) {
  const shown = JSON.stringify(message).slice(0, 50);
  Deno.test(`the ask ${shown} is refused`, () => {
    assert.deepEqual(faults(routeBody, message), [expected]);
  });
}

Deno.test("coordinates that JSON can write and no place has are refused, and members of __proto__ are none", () => {
  for (const number of ["1e999", "-1e999", "180.0001"]) {
    for (const field of ["client_lat", "client_lon"]) {
      const text = `{"tier":"a","${field}":${number}}`;
      const [fault = ""] = faults(routeBody, text);
      assert.ok(fault.startsWith(`${field}: must`), text);
    }
  }
  assert.match(
    faults(routeBody, '{"__proto__":{"tier":"a"}}')[0] ?? "",
    /^tier: must be a text/,
  );
});

Deno.test("what is seen to be right at a glance is what the schema takes, and reads the same", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.constantFrom("small", "x".repeat(128), "x".repeat(129), "a\u0085", ""),
  );
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom("unknown", "", "fe80::1%eth0", "1.2.3", "1.2.3.4 "),
  );
  const degrees = fc.oneof(
    fc.double({ min: -200, max: 200 }),
    fc.constantFrom(0, -0, 90, -90, 90.5, 180, -180, Infinity, NaN),
  );
  const other = fc.oneof(fc.jsonValue(), fc.constant(undefined));
  const asks = fc.record({
    tier: fc.oneof({ weight: 4, arbitrary: text }, other),
    client_ip: fc.oneof({ weight: 4, arbitrary: address }, other),
    client_lat: fc.oneof({ weight: 4, arbitrary: degrees }, other),
    client_lon: fc.oneof({ weight: 4, arbitrary: degrees }, other),
    more: fc.jsonValue(),
  }, { requiredKeys: [], noNullPrototype: true });
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: asks }, other), (ask) => {
      assert.deepEqual(parse(routeBody, ask), parse(checkedRouteBody, ask));
    }),
    { seed: seedOf("asks at a glance"), numRuns: 2000 },
  );
});
