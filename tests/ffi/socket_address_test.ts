import assert from "node:assert/strict";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import {
  decodeInternetAddress,
  encodeInternetAddress,
  encodeUnixAddress,
  UNIX_PATH_BYTES_MAX,
} from "../../ffi/socket_address.ts";
import { seedOf } from "../seed.ts";

Deno.test("an IPv4 address is a sockaddr_in, its port big-endian", () => {
  assert.deepEqual(
    [...encodeInternetAddress({ ip: "192.0.2.7", port: 0x1234 })],
    [2, 0, 0x12, 0x34, 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0],
  );
});

Deno.test("an IPv6 address is a sockaddr_in6 of 28 bytes", () => {
  const bytes = encodeInternetAddress({ ip: "2001:db8::7", port: 443 });
  assert.deepEqual([...bytes.subarray(0, 8)], [10, 0, 1, 187, 0, 0, 0, 0]);
  assert.deepEqual(
    [...bytes.subarray(8, 24)],
    [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
  );
  assert.deepEqual([...bytes.subarray(24)], [0, 0, 0, 0]);
});

Deno.test("an IPv4-mapped IPv6 address is told as IPv4", () => {
  const bytes = encodeInternetAddress({ ip: "::ffff:192.0.2.7", port: 80 });
  assert.equal(bytes.length, 28);
  assert.deepEqual(decodeInternetAddress(bytes), { ip: "192.0.2.7", port: 80 });
});

Deno.test("addresses come back as they went in", () => {
  const ipv4 = fc.ipV4();
  const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) =>
    new ipaddr.IPv6([...bytes])
  ).filter((address) => !address.isIPv4MappedAddress()).map((address) =>
    address.toRFC5952String()
  );
  fc.assert(
    fc.property(
      fc.oneof(ipv4, ipv6),
      fc.integer({ min: 0, max: 65_535 }),
      (ip, port) => {
        assert.deepEqual(
          decodeInternetAddress(encodeInternetAddress({ ip, port })),
          { ip, port },
        );
      },
    ),
    { seed: seedOf("socket addresses") },
  );
});

Deno.test("an address of another family is none", () => {
  assert.equal(decodeInternetAddress(encodeUnixAddress("/s")), undefined);
  assert.equal(decodeInternetAddress(new Uint8Array(0)), undefined);
});

Deno.test("names, zones, odd spellings and ports out of range are refused", () => {
  for (
    const ip of ["", "localhost", "010.0.0.1", "1.2.3", "fe80::1%eth0", "::g"]
  ) {
    assert.throws(() => encodeInternetAddress({ ip, port: 1 }), TypeError, ip);
  }
  for (const port of [-1, 65_536, 1.5, NaN]) {
    assert.throws(
      () => encodeInternetAddress({ ip: "127.0.0.1", port }),
      RangeError,
    );
  }
});

Deno.test("a unix path is a sockaddr_un with a zero at its end", () => {
  assert.deepEqual(
    [...encodeUnixAddress("/é")],
    [1, 0, 0x2f, 0xc3, 0xa9, 0],
  );
});

Deno.test("a unix path may be as long as sun_path and no longer", () => {
  const longest = "/" + "a".repeat(UNIX_PATH_BYTES_MAX - 1);
  assert.equal(encodeUnixAddress(longest).length, 2 + UNIX_PATH_BYTES_MAX + 1);
  for (const path of [longest + "a", "", "/a\0b"]) {
    assert.throws(() => encodeUnixAddress(path), TypeError);
  }
});
