/** Requests that differ in a few field lines only, and what is read of them. */
import assert from "node:assert/strict";
import { readRequest, type RequestReading } from "./readings.ts";

/** The versions that are read. */
export type Version = "1.0" | "1.1";

/** Reads a request with these lines beside its Host, which must be taken. */
export function read(
  lines: readonly string[] = [],
  version: Version = "1.1",
): RequestReading {
  const reading = readRequest(requestText(lines, version));
  assert.ok("method" in reading, `${lines}: ${reading.verdict}`);
  return reading;
}

/** Asserts why a request with these lines is refused. */
export function refused(
  code: string,
  lines: readonly string[],
  version: Version = "1.1",
): void {
  assert.equal(
    readRequest(requestText(lines, version)).verdict,
    code,
    `${lines}`,
  );
}

/** Whether a field of this name, in this case, goes on. */
export function sends(reading: RequestReading, name: string): boolean {
  return reading.sent.some(([other]) => other === name);
}

function requestText(lines: readonly string[], version: Version): string {
  return [`POST /x HTTP/${version}`, "Host: a", ...lines, "", ""].join("\r\n");
}
