import assert from "node:assert/strict";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import {
  AddressRanges,
  canonicalAddress,
} from "../../src/config/address_ranges.ts";

for (
  const [range, inside, outside] of [
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
    ["0.0.0.0/0", ["1.2.3.4", "255.255.255.255", "::ffff:1.2.3.4"], [
      "2001:db8::1",
    ]],
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
  Deno.test(`${range} includes what is in it and nothing else`, () => {
    const ranges = new AddressRanges([range]);
    for (const ip of inside) assert.equal(ranges.includes(ip), true, ip);
    for (
      const ip of [
        ...outside,
        ...["", "nonsense", "10.1", "10.0.0.1.", "10.0.0.01", "10.0..1"],
        ...["10.0.0.256", ".10.0.0.1", "10.0.0.1.1", " 10.0.0.1", "[::1]"],
      ]
    ) assert.equal(ranges.includes(ip), false, ip);
  });
}

Deno.test("one range of several is enough, and none at all include nothing", () => {
  const ranges = new AddressRanges(["192.0.2.0/24", "2001:db8::/32"]);
  assert.equal(ranges.isEmpty, false);
  assert.equal(ranges.includes("192.0.2.200"), true);
  assert.equal(ranges.includes("2001:db8::1"), true);
  assert.equal(new AddressRanges(["::1"]).isEmpty, false);
  assert.equal(new AddressRanges([]).isEmpty, true);
  assert.equal(new AddressRanges([]).includes("192.0.2.1"), false);
});

Deno.test("IPv4 ranges are read as ipaddr.js reads them", () => {
  // Few different parts, so that many addresses are in many ranges.
  const part = fc.constantFrom(0, 1, 10, 127, 128, 255);
  const ip = fc.array(part, { minLength: 4, maxLength: 4 }).map((parts) =>
    parts.join(".")
  );
  fc.assert(fc.property(ip, ip, fc.nat(32), (ip, network, bits) => {
    const range = `${network}/${bits}`;
    assert.equal(
      new AddressRanges([range]).includes(ip),
      ipaddr.parse(ip).match(ipaddr.parseCIDR(range)),
    );
  }));
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
    assert.throws(() => new AddressRanges([text]), {
      name: "TypeError",
      message:
        `Cannot read "${text}": wanted an address or a CIDR range such as "10.0.0.0/8"`,
    });
  });
}

for (
  const [ip, canonical] of [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::FFFF:c000:207", "192.0.2.7"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["192.0.2.07", undefined],
    ["192.0.2", undefined],
    ["localhost", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`"${ip}" is ${canonical ?? "no address"}`, () => {
    assert.equal(canonicalAddress(ip), canonical);
  });
}
