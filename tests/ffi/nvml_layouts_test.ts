/**
 * Sizes and offsets as nvml.h of CUDA 12.8 has them, worked out here by hand from its C declarations for 64-bit systems:
 * unsigned int and enums 4 bytes, unsigned long long 8, each at a multiple of its size. The C stub asserts the same of
 * what its compiler makes of them.
 */
import assert from "node:assert/strict";
import {
  DEVICE_TEXT_BYTES,
  DRIVER_VERSION_BYTES,
  MARGIN_TEMPERATURE,
  MEMORY,
  type NvmlLayout,
  TEMPERATURE,
  UTILIZATION,
} from "../../ffi/nvml_layouts.ts";
import { NvmlOut } from "../../ffi/nvml_out.ts";

Deno.test("nvmlMemory_t is total, free and used: three times 8 bytes", () => {
  assert.equal(MEMORY.bytes, 24);
  assert.deepEqual(MEMORY.at, { total: 0, free: 8 });
});

Deno.test("nvmlUtilization_t is gpu and memory: twice 4 bytes", () => {
  assert.equal(UTILIZATION.bytes, 8);
  assert.deepEqual(UTILIZATION.at, { gpu: 0 });
});

Deno.test("nvmlTemperature_v1_t is version, sensor and temperature, and its version word 0x0100000c", () => {
  assert.equal(TEMPERATURE.bytes, 12);
  assert.deepEqual(TEMPERATURE.at, { version: 0, sensor: 4, temperature: 8 });
  assert.deepEqual(TEMPERATURE.given, [0x0100_000c, 0]);
});

Deno.test("nvmlMarginTemperature_v1_t is version and margin, and its version word 0x01000008", () => {
  assert.equal(MARGIN_TEMPERATURE.bytes, 8);
  assert.deepEqual(MARGIN_TEMPERATURE.at, { version: 0, margin: 4 });
  assert.deepEqual(MARGIN_TEMPERATURE.given, [0x0100_0008]);
});

Deno.test("texts have the room that nvml.h asks for, and every structure fits into it", () => {
  assert.equal(DEVICE_TEXT_BYTES, 96);
  assert.equal(DRIVER_VERSION_BYTES, 80);
  const layouts: readonly NvmlLayout[] = [
    MEMORY,
    UTILIZATION,
    TEMPERATURE,
    MARGIN_TEMPERATURE,
  ];
  for (const { bytes, name, source } of layouts) {
    assert.ok(bytes <= DEVICE_TEXT_BYTES, name);
    assert.match(source, /^nvml\.h, /);
  }
});

Deno.test("the room for an answer holds what the structure asks for, and else only set bits", () => {
  const out = new NvmlOut();
  out.bytes.fill(7);
  out.reset(TEMPERATURE);
  assert.deepEqual(
    [...out.bytes.subarray(0, 12)],
    [12, 0, 0, 1, 0, 0, 0, 0, 255, 255, 255, 255],
  );
  assert.ok(out.bytes.subarray(12).every((byte) => byte === 255));
  out.reset();
  assert.ok(out.bytes.every((byte) => byte === 255));
});

Deno.test("what a call leaves unwritten is no value of any kind", () => {
  const out = new NvmlOut();
  out.reset();
  assert.equal(out.word(0, 2 ** 32), undefined);
  assert.equal(out.signed(0, 2 ** 31), undefined);
  assert.equal(out.long(0), undefined);
  assert.equal(out.pointer(), undefined);
  assert.equal(out.text(96), undefined);
});

Deno.test("a text ends at its NUL, is of printable characters, and is not empty", () => {
  const out = new NvmlOut();
  const read = (text: string, length = 96) => {
    out.reset();
    new TextEncoder().encodeInto(text, out.bytes);
    return out.text(length);
  };
  assert.equal(read("NVIDIA H100\0"), "NVIDIA H100");
  assert.equal(read("NVIDIA\0 H100\0"), "NVIDIA");
  assert.equal(read("\0NVIDIA"), undefined);
  assert.equal(read("NVIDIA\n\0"), undefined);
  assert.equal(read("NVIDIA\u00e9\0"), undefined);
  assert.equal(read(`${"x".repeat(80)}\0`, 80), undefined);
  assert.equal(read(`${"x".repeat(79)}\0`, 80), "x".repeat(79));
});

Deno.test("a null pointer is no handle, and one uses all its bits", () => {
  const out = new NvmlOut();
  out.bytes.fill(0);
  assert.equal(out.pointer(), undefined);
  new DataView(out.bytes.buffer).setBigUint64(0, 0xfa4e_0000_0000_0001n, true);
  assert.equal(out.pointer(), 0xfa4e_0000_0000_0001n);
});
