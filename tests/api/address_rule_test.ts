import assert from "node:assert/strict";
import { AddressRule } from "../../src/api/address_rule.ts";

for (
  const [range, allowed, refused] of [
    ["10.0.0.0/8", ["10.0.0.1", "10.255.255.255", "::ffff:10.1.2.3"], [
      "11.0.0.1",
      "9.255.255.255",
      "::a00:1",
    ]],
    ["10.1.2.3/8", ["10.200.0.1"], ["11.0.0.1"]],
    ["192.0.2.7", ["192.0.2.7", "::FFFF:192.0.2.7", "::ffff:c000:207"], [
      "192.0.2.8",
    ]],
    ["192.0.2.7/32", ["192.0.2.7"], ["192.0.2.6"]],
    ["0.0.0.0/0", ["1.2.3.4", "::ffff:1.2.3.4"], ["2001:db8::1"]],
    ["2001:db8::/32", ["2001:db8::1", "2001:DB8:ffff::"], [
      "2001:db9::1",
      "10.0.0.1",
    ]],
    ["::1", ["::1", "0:0:0:0:0:0:0:1"], ["::2", "127.0.0.1"]],
    ["::/0", ["2001:db8::1", "::1"], ["10.0.0.1"]],
    ["::ffff:10.0.0.0/104", ["10.9.9.9", "::ffff:10.9.9.9"], ["11.0.0.1"]],
    ["::ffff:10.0.0.1", ["10.0.0.1"], ["10.0.0.2"]],
    ["::ffff:0.0.0.0/90", ["10.0.0.1"], ["2001:db8::1"]],
    ["fe80::/10", ["fe80::1", "fe80::1%eth0"], ["fec0::1"]],
  ] as const
) {
  Deno.test(`${range} allows what is in it and nothing else`, () => {
    const rule = new AddressRule([range]);
    for (const ip of allowed) assert.equal(rule.refusal(ip), undefined, ip);
    for (const ip of [...refused, "", "nonsense", "10.1"]) {
      assert.equal(rule.refusal(ip)?.code, "address_not_allowed", ip);
    }
  });
}

Deno.test("one range of several is enough, and none at all allows everyone", () => {
  const rule = new AddressRule(["192.0.2.0/24", "2001:db8::/32"]);
  assert.equal(rule.isOpen, false);
  assert.equal(rule.refusal("192.0.2.200"), undefined);
  assert.equal(rule.refusal("2001:db8::1"), undefined);
  assert.equal(new AddressRule([]).isOpen, true);
  assert.equal(new AddressRule([]).refusal(""), undefined);
});

for (
  const text of [
    "",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.0/255.0.0.0",
    "2001:db8::/129",
    "010.0.0.1",
    "0x7f.1",
    "10.1",
    "localhost",
    "*",
  ]
) {
  Deno.test(`"${text}" is no range of addresses`, () => {
    assert.throws(() => new AddressRule([text]), {
      name: "TypeError",
      message:
        `Cannot allow "${text}": wanted an address or a CIDR range such as "10.0.0.0/8"`,
    });
  });
}
