import assert from "node:assert/strict";
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import { OctetWriter } from "../../src/http1/octet_writer.ts";

Deno.test("what is appended stands one after the other", () => {
  const writer = new OctetWriter(200);
  const long = "0123456789".repeat(4);
  writer.text("GET ");
  writer.copy(octetsOf("..short.."), 2, 7);
  writer.octet(0x20);
  writer.copy(octetsOf(`<${long}>`), 1, 41);
  writer.put(octetsOf("\r\n"));
  writer.copy(octetsOf("nothing"), 3, 3);
  assert.equal(
    textOf(writer.bytes, 0, writer.length),
    `GET short ${long}\r\n`,
  );
});

Deno.test("copies of every length around the change of method are whole", () => {
  const source = Uint8Array.from({ length: 64 }, (_, at) => at + 1);
  for (let length = 0; length <= source.length; length++) {
    const writer = new OctetWriter(64);
    writer.copy(source, 0, length);
    assert.equal(writer.length, length);
    assert.deepEqual(writer.bytes.slice(0, length), source.slice(0, length));
    assert.ok(writer.bytes.slice(length).every((octet) => octet === 0));
  }
});

Deno.test("it fits up to the capacity and not beyond", () => {
  const writer = new OctetWriter(4);
  writer.text("abc");
  assert.ok(writer.fits(1));
  assert.ok(!writer.fits(2));
});

Deno.test("numbers are written in hexadecimal without leading zeros", () => {
  for (const value of [0, 1, 9, 10, 15, 16, 255, 256, 65_535, 0x7fff_ffff]) {
    const writer = new OctetWriter(8);
    writer.hex(value);
    assert.equal(textOf(writer.bytes, 0, writer.length), value.toString(16));
  }
});
