import assert from "node:assert/strict";
import { isIP } from "node:net";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { isAddress, isAddressRange } from "../../src/config/address.ts";
import { seedOf } from "../seed.ts";

Deno.test("an address is what the system takes for one, without zone or brackets", () => {
  const addresses = [
    "0.0.0.0",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "2001:DB8::8:800:200C:417A",
    "1:2:3:4:5:6:7:8",
    "::ffff:10.0.0.1",
    "64:ff9b::192.0.2.33",
  ];
  for (const text of addresses) assert.ok(isAddress(text), text);
  const others = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "010.0.0.1",
    "1.2.3.4 ",
    "0x7f.0.0.1",
    "2130706433",
    "localhost",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "[::1]",
    "fe80::1%eth0",
    "::ffff:010.0.0.1",
    "::ffff:256.0.0.1",
    "::1/128",
    "12345::",
    "g::1",
  ];
  for (const text of others) assert.ok(!isAddress(text), text);
});

Deno.test("a range is an address with a prefix that fits its family", () => {
  const ranges = [
    "10.0.0.0/8",
    "0.0.0.0/0",
    "10.1.2.3/32",
    "::/0",
    "fd00::/8",
    "::1/128",
    "10.0.0.1",
  ];
  for (const text of ranges) assert.ok(isAddressRange(text), text);
  const others = [
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0/",
    "/8",
    "10.0.0.0/08",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "10.0.0.0 /8",
    "10.0.0.0/255.0.0.0",
    "10.0.0/8",
  ];
  for (const text of others) assert.ok(!isAddressRange(text), text);
});

Deno.test("every address that is taken is one for node:net and ipaddr.js too", () => {
  const seed = seedOf("addresses");
  const piece = fc.constantFrom(
    "0",
    "1",
    "a",
    "f",
    ":",
    "::",
    ".",
    "255",
    "256",
    "01",
    "/",
    "8",
    "%",
  );
  const texts = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const isPlain = isIP(text) !== 0 && !text.includes("%");
      assert.equal(isAddress(text), isPlain, text);
      if (isAddressRange(text)) {
        if (text.includes("/")) ipaddr.parseCIDR(text);
        else ipaddr.parse(text);
      }
    }),
    { seed, numRuns: 2000 },
  );
});
