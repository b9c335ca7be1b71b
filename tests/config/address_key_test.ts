import assert from "node:assert/strict";
import { addressKeyOf } from "../../src/config/address_key.ts";

Deno.test("an IPv4 address is counted by itself, however it is written", () => {
  const { high, low, group } = addressKeyOf("192.0.2.7");
  assert.equal(high, 0);
  assert.equal(low >>> 0, 0xc000_0207);
  for (const mapped of ["::ffff:192.0.2.7", "::FFFF:c000:207"]) {
    assert.deepEqual(addressKeyOf(mapped), { high, low, group });
  }
  assert.notEqual(addressKeyOf("192.0.2.8").group, group);
});

Deno.test("an IPv6 address is counted by its first 64 bits", () => {
  const key = addressKeyOf("2001:db8:1:2::1");
  assert.deepEqual(addressKeyOf("2001:DB8:1:2:ffff:ffff:ffff:ffff%eth0"), key);
  assert.deepEqual([key.high >>> 0, key.low >>> 0], [0x2001_0db8, 0x0001_0002]);
  for (const other of ["2001:db8:1:3::1", "2001:db9:1:2::1", "fe80::1"]) {
    const { high, low, group } = addressKeyOf(other);
    assert.ok(high !== key.high || low !== key.low, other);
    assert.notEqual(group, key.group);
  }
});

Deno.test("what is no address shares one key", () => {
  const key = addressKeyOf("");
  for (const text of ["nowhere", "1.2.3", "1.2.3.4.5", "::g"]) {
    assert.deepEqual(addressKeyOf(text), key);
  }
  assert.notEqual(key.group, addressKeyOf("0.0.0.0").group);
});
