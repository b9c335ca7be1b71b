import assert from "node:assert/strict";
import { addressKind } from "../../src/config/address_kind.ts";

/** A public address counts as what it is looked up as, others as what they are for. */
function said(text: string): string | undefined {
  const kind = addressKind(text);
  return kind?.kind === "public"
    ? kind.ip
    : kind && `${kind.kind} ${kind.what}`;
}

Deno.test("first and last addresses of special ranges, and their neighbours, are told apart", () => {
  const ranges: [string, string, string, string, string][] = [
    ["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "private"],
    ["172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "private"],
    [
      "192.167.255.255",
      "192.168.0.0",
      "192.168.255.255",
      "192.169.0.0",
      "private",
    ],
    [
      "126.255.255.255",
      "127.0.0.0",
      "127.255.255.255",
      "128.0.0.0",
      "loopback",
    ],
    [
      "169.253.255.255",
      "169.254.0.0",
      "169.254.255.255",
      "169.255.0.0",
      "link-local",
    ],
    [
      "100.63.255.255",
      "100.64.0.0",
      "100.127.255.255",
      "100.128.0.0",
      "shared (carrier-grade NAT)",
    ],
  ];
  for (const [before, first, last, after, what] of ranges) {
    assert.deepEqual([before, first, last, after].map(said), [
      before,
      `local ${what}`,
      `local ${what}`,
      after,
    ]);
  }
});

Deno.test("addresses of no machine are reserved", () => {
  const kinds = {
    documentation: [
      "192.0.2.1",
      "198.51.100.255",
      "203.0.113.0",
      "2001:db8::1",
      "3fff:fff::1",
    ],
    multicast: ["224.0.0.1", "239.255.255.255", "ff02::1"],
    benchmark: ["198.18.0.0", "198.19.255.255"],
    reserved: [
      ...["0.0.0.0", "192.0.0.1", "192.88.99.1", "240.0.0.1"],
      ...["255.255.255.255", "::", "::8.8.8.8", "100::1", "4000::1"],
      // Teredo; 6to4 and NAT64 of what is not public; NAT64 of one's own.
      ...["2001::1", "2002:a00:1::1", "2002:7f00:1::", "64:ff9b::10.0.0.1"],
      ...["64:ff9b:1::808:808", "64:ff9b::1:808:808", "5f00::1"],
    ],
  };
  for (const [what, addresses] of Object.entries(kinds)) {
    for (const ip of addresses) assert.equal(said(ip), `reserved ${what}`, ip);
  }
});

Deno.test("IPv6 addresses of machines nearby are local, with and without zone", () => {
  const kinds = {
    "::1": "loopback",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "febf::": "link-local",
    "fc00::": "private",
    "fd12:3456::1": "private",
    "fec0::1": "private",
    "::ffff:192.168.0.1": "private",
    "::ffff:7f00:1": "loopback",
  };
  for (const [ip, what] of Object.entries(kinds)) {
    assert.equal(said(ip), `local ${what}`, ip);
  }
});

Deno.test("public addresses are looked up in one spelling, those that hold an IPv4 address as that", () => {
  const spellings = {
    "8.8.8.8": "8.8.8.8",
    "::ffff:8.8.8.8": "8.8.8.8",
    "2002:808:808::1": "8.8.8.8",
    "64:ff9b::808:808": "8.8.8.8",
    "64:ff9b::8.8.8.8": "8.8.8.8",
    "2001:4860:4860:0:0:0:0:8888": "2001:4860:4860::8888",
    "2A01:04F8::1%2": "2a01:4f8::1",
    "2001:200::": "2001:200::",
    "2000::": "2000::",
  };
  for (const [ip, spelling] of Object.entries(spellings)) {
    assert.equal(said(ip), spelling);
  }
});

Deno.test("what is no address is of no kind", () => {
  for (
    const text of [
      "",
      "x",
      "1.2.3",
      "1.2.3.4.5",
      "01.2.3.4",
      "::1::",
      "%",
      "fe80",
    ]
  ) {
    assert.equal(addressKind(text), undefined, text);
  }
});
