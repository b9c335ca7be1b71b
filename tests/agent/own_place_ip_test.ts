import assert from "node:assert/strict";
import fc from "fast-check";
import { isPublicIp } from "../../src/agent/public_ip.ts";
import { isPublicAddress } from "../../src/config/public_address.ts";

/** First and last addresses of special networks, and their neighbours. */
const EDGES = [
  ...["0.0.0.0", "0.255.255.255", "1.0.0.0", "9.255.255.255", "10.0.0.0"],
  ...["11.0.0.0", "100.63.255.255", "100.64.0.0", "100.127.255.255"],
  ...["100.128.0.0", "126.255.255.255", "127.0.0.1", "128.0.0.0"],
  ...["168.63.129.15", "168.63.129.16", "168.63.129.17", "169.253.255.255"],
  ...["169.254.0.0", "169.255.0.0", "172.15.255.255", "172.16.0.0"],
  ...["172.31.255.255", "172.32.0.0", "192.0.0.0", "192.0.1.0", "192.0.2.1"],
  ...["192.0.3.0", "192.88.98.255", "192.88.99.1", "192.88.100.0"],
  ...["192.31.196.1", "192.52.193.1", "192.175.48.1", "192.167.255.255"],
  ...["192.168.0.0", "192.169.0.0", "198.17.255.255", "198.18.0.0"],
  ...["198.19.255.255", "198.20.0.0", "198.51.99.255", "198.51.100.0"],
  ...["198.51.101.0", "203.0.112.255", "203.0.113.0", "203.0.114.0"],
  ...["223.255.255.255", "224.0.0.0", "239.255.255.255", "240.0.0.0"],
  ...["255.255.255.255", "::", "::1", "1fff:ffff::", "2000::", "2001::1"],
  ...["2001:1ff::", "2001:200::", "2001:4860::8888", "2001:db7::"],
  ...["2001:db8::1", "2001:db9::", "2002:808:808::1", "2003::", "2620::"],
  ...["3ffe::", "3fff::", "3fff:fff::", "3fff:1000::", "4000::", "fe80::1"],
  ...["fc00::1", "ff02::1", "64:ff9b::8.8.8.8", "2a01:4f8::7", "2A01:4F8::7"],
];

/** What is no address, or none that this machine could be reached at. */
const OTHERS = [
  ...["", "x", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4/8"],
  ...["8.8.8.8:80", "[2a01:4f8::7]", "2a01::4f8::7"],
  ...["2a01:", "2a01:4f8::7]/x[", " 8.8.8.8", "8.8.8.8 ", "0x8.8.8.8"],
];

Deno.test("an address is public for the client where it is for the server", () => {
  for (const ip of [...EDGES, ...OTHERS]) {
    assert.equal(isPublicIp(ip), isPublicAddress(ip), ip);
  }
  assert.ok(EDGES.some(isPublicIp) && !OTHERS.some(isPublicIp));
});

Deno.test("so is any other address", () => {
  const group = fc.integer({ min: 0, max: 0xffff })
    .map((bits) => bits.toString(16));
  const global = fc.tuple(
    fc.integer({ min: 0x1f00, max: 0x40ff }).map((bits) => bits.toString(16)),
    group,
  ).map(([first, second]) => `${first}:${second}::1`);
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), global, fc.string()),
      (ip) => assert.equal(isPublicIp(ip), isPublicAddress(ip), ip),
    ),
    { numRuns: 2000 },
  );
});
