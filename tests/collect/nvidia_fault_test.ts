import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type FaultKind,
  faultKind,
  isDriverless,
  libraryReason,
} from "../../src/collect/nvidia_fault.ts";
import { NVML_ERRORS, NVML_NO_ANSWER } from "../../ffi/nvml_api.ts";

/** Every code of the documentation by hand, so that a new one must be thought of. */
const KINDS: { readonly [name in keyof typeof NVML_ERRORS]: FaultKind } = {
  UNINITIALIZED: "library",
  INVALID_ARGUMENT: "value",
  NOT_SUPPORTED: "value",
  NO_PERMISSION: "value",
  ALREADY_INITIALIZED: "value",
  NOT_FOUND: "value",
  INSUFFICIENT_SIZE: "value",
  INSUFFICIENT_POWER: "value",
  DRIVER_NOT_LOADED: "library",
  TIMEOUT: "value",
  IRQ_ISSUE: "value",
  LIBRARY_NOT_FOUND: "library",
  FUNCTION_NOT_FOUND: "value",
  CORRUPTED_INFOROM: "value",
  GPU_IS_LOST: "card",
  RESET_REQUIRED: "card",
  OPERATING_SYSTEM: "value",
  LIB_RM_VERSION_MISMATCH: "library",
  IN_USE: "value",
  MEMORY: "value",
  NO_DATA: "value",
  VGPU_ECC_NOT_SUPPORTED: "value",
  INSUFFICIENT_RESOURCES: "value",
  FREQ_NOT_SUPPORTED: "value",
  ARGUMENT_VERSION_MISMATCH: "value",
  DEPRECATED: "value",
  NOT_READY: "value",
  GPU_NOT_FOUND: "card",
  INVALID_STATE: "value",
  RESET_TYPE_NOT_SUPPORTED: "value",
  UNKNOWN: "value",
};

Deno.test("every documented code takes away a value, a card or the library", () => {
  const found = Object.entries(NVML_ERRORS).map((
    [name, code],
  ) => [name, faultKind(code)]);
  assert.deepEqual(found, Object.entries(KINDS));
  assert.equal(faultKind(NVML_NO_ANSWER), "library");
});

Deno.test("a code that is not known takes away a value only", () => {
  const known: number[] = [NVML_NO_ANSWER, ...Object.values(NVML_ERRORS)];
  const unknown = fc.integer().filter((code) => !known.includes(code));
  fc.assert(fc.property(unknown, (code) => faultKind(code) === "value"));
});

Deno.test("why the library is gone does not depend on the call that found out", () => {
  for (const code of [NVML_NO_ANSWER, ...Object.values(NVML_ERRORS)]) {
    const [one, other] = ["one", "other"].map((reason) =>
      libraryReason({ kind: "fault", code, reason })
    );
    if (faultKind(code) === "library") assert.equal(one, other);
    else assert.match(one ?? "", /\(one\)$/);
  }
});

Deno.test("an upgraded driver is named as such", () => {
  const code = NVML_ERRORS.LIB_RM_VERSION_MISMATCH;
  assert.match(
    libraryReason({ kind: "fault", code, reason: "" }),
    /driver was upgraded/,
  );
});

Deno.test("without a driver or a GPU at the start nothing is wrong; with a driver of another version something is", () => {
  const { DRIVER_NOT_LOADED, GPU_NOT_FOUND, LIB_RM_VERSION_MISMATCH, UNKNOWN } =
    NVML_ERRORS;
  assert.deepEqual(
    [DRIVER_NOT_LOADED, GPU_NOT_FOUND].map(isDriverless),
    [true, true],
  );
  assert.deepEqual(
    [LIB_RM_VERSION_MISMATCH, UNKNOWN, NVML_NO_ANSWER].map(isDriverless),
    [false, false, false],
  );
});
