/** What tests expect of readings. */
import assert from "node:assert/strict";
import type { Reading } from "../../src/collect/reading.ts";

/** The value of a reading that must be there. */
export function valueOf<T>(reading: Reading<T>): T {
  if (reading.kind === "present") return reading.value;
  throw new assert.AssertionError({ message: `absent: ${reading.reason}` });
}

/** The reason of a reading that must not be there. */
export function reasonOf(reading: Reading<unknown>): string {
  if (reading.kind === "absent") return reading.reason;
  throw new assert.AssertionError({ message: "a reading was not expected" });
}
