import assert from "node:assert/strict";
import { AddressRule } from "../../src/api/address_rule.ts";

Deno.test("callers in one of the ranges are allowed and nobody else is", () => {
  const rule = new AddressRule(["192.0.2.0/24", "2001:db8::/32"], []);
  assert.equal(rule.isOpen, false);
  for (const ip of ["192.0.2.200", "::ffff:192.0.2.1", "2001:db8::1"]) {
    assert.equal(rule.refusal(ip), undefined, ip);
  }
  for (const ip of ["192.0.3.1", "2001:db9::1", "nonsense"]) {
    const refusal = rule.refusal(ip);
    assert.equal(refusal?.code, "address_not_allowed");
    assert.equal(refusal?.detail, `Address not allowed: ${ip}`);
  }
});

Deno.test("a caller without an address is refused by name", () => {
  const refusal = new AddressRule(["192.0.2.0/24"], []).refusal("");
  assert.equal(refusal?.detail, "Address not allowed: unknown");
});

Deno.test("no range at all allows everyone", () => {
  assert.equal(new AddressRule([], []).isOpen, true);
  assert.equal(new AddressRule([], []).refusal(""), undefined);
});

Deno.test("a blocked caller is refused, also where it is allowed and where anyone may call", () => {
  const rule = new AddressRule(["192.0.2.0/24"], ["192.0.2.7"]);
  for (const ip of ["192.0.2.7", "::ffff:192.0.2.7"]) {
    assert.equal(rule.refusal(ip)?.code, "address_not_allowed");
    assert.equal(rule.blocked(ip)?.code, "address_not_allowed");
  }
  assert.equal(rule.refusal("192.0.2.8"), undefined);
  assert.equal(rule.blocked("203.0.113.1"), undefined);
  const others = new AddressRule([], ["192.0.2.7"]);
  assert.equal(others.isOpen, false);
  assert.equal(others.refusal("203.0.113.1"), undefined);
  assert.equal(others.refusal(""), undefined);
});

Deno.test("what is no range is refused when the rule is made", () => {
  assert.throws(() => new AddressRule(["localhost"], []), TypeError);
  assert.throws(() => new AddressRule([], ["localhost"]), TypeError);
});
