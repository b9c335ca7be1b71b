import assert from "node:assert/strict";
import { AddressRanges } from "../../src/config/address_ranges.ts";
import { realCaller } from "../../src/edge/caller_address.ts";

const PROXY = "10.0.0.1";
const TRUSTED = new AddressRanges(["10.0.0.0/8", "2001:db8:a::/48"]);

for (
  const [title, lines, caller] of [
    ["nothing was forwarded", [], PROXY],
    ["one proxy stands between", ["192.0.2.7"], "192.0.2.7"],
    ["two trusted proxies do", ["192.0.2.7, 10.9.9.9"], "192.0.2.7"],
    ["the caller invents entries", ["1.1.1.1, 192.0.2.7"], "192.0.2.7"],
    ["it invents trusted ones", ["10.1.1.1,192.0.2.7,10.2.2.2"], "192.0.2.7"],
    ["all are trusted", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"],
    [
      "several lines",
      ["1.1.1.1", "192.0.2.7", "10.2.2.2, 10.3.3.3"],
      "192.0.2.7",
    ],
    ["an entry is garbage", ["192.0.2.7, unknown, 10.2.2.2"], "10.2.2.2"],
    ["the last entry is garbage", ["192.0.2.7, _hidden"], PROXY],
    ["entries are empty", [" ,192.0.2.7,, \t,", ","], "192.0.2.7"],
    ["only empty entries", ["", ","], PROXY],
    ["a port was written", ["192.0.2.7:567"], "192.0.2.7"],
    ["IPv6 with a port", ["[2001:db8::1]:80"], "2001:db8::1"],
    ["IPv6 in brackets", ["[2001:DB8:0::1]"], "2001:db8::1"],
    ["IPv6 without brackets", ["2001:db8::1,2001:db8:a::2"], "2001:db8::1"],
    ["mapped IPv4", ["192.0.2.7, ::ffff:10.2.2.2"], "192.0.2.7"],
    ["a mapped caller", ["::ffff:192.0.2.7"], "192.0.2.7"],
    ["octal parts", ["192.0.2.7, 010.2.2.2"], PROXY],
    ["IPv4 in brackets", ["[192.0.2.7]:80"], PROXY],
    ["a port without a number", ["192.0.2.7:"], PROXY],
    ["a very long entry", [`192.0.2.7, ${"1".repeat(100_000)}`], PROXY],
  ] as const
) {
  Deno.test(`the caller is ${caller} when ${title}`, () => {
    assert.equal(realCaller(PROXY, lines, TRUSTED), caller);
  });
}

Deno.test("a peer that is not trusted is the caller, whatever it forwards", () => {
  assert.equal(realCaller("192.0.2.1", ["1.1.1.1"], TRUSTED), "192.0.2.1");
  assert.equal(realCaller("", ["1.1.1.1"], TRUSTED), "");
  const none = new AddressRanges([]);
  assert.equal(realCaller(PROXY, ["1.1.1.1"], none), PROXY);
});

Deno.test("a trusted peer may come by IPv6", () => {
  const lines = ["192.0.2.7"];
  assert.equal(realCaller("2001:db8:a::9", lines, TRUSTED), "192.0.2.7");
  assert.equal(realCaller("::ffff:10.0.0.9", lines, TRUSTED), "192.0.2.7");
});
