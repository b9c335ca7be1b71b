/**
 * The kinds of field that the schemas of this room are made of. Text ends up in logs, tables and terminals, so nothing
 * that steers a terminal or reorders what people read gets in; numbers are finite and inside a bound; a list is
 * measured before its elements are looked at.
 */
import { isIP } from "node:net";
import * as z from "zod";
import { PERCENT_MAX, PERCENT_MIN } from "./bounds.ts";

/**
 * An optional field: `fallback` when it is absent or null. The two mean the same, because a Go program leaves out or
 * sends as null what was never filled in.
 */
export function otherwise<Schema extends z.ZodType, Fallback>(
  schema: Schema,
  fallback: Fallback,
) {
  return schema.nullish().transform((value): z.output<Schema> | Fallback =>
    value ?? fallback
  );
}

/** A number from 0 to `max`. JSON has no NaN, but `1e999` reads as Infinity and is refused. */
export function amount(max: number) {
  return z.number().min(0).max(max);
}

/** A whole number from 0 to `max`. */
export function wholeNumber(max: number) {
  return z.int().min(0).max(max);
}

/** A number from -`max` to `max`. */
export function signed(max: number) {
  return z.number().min(-max).max(max);
}

/** A percentage; from {@link PERCENT_MIN} to {@link PERCENT_MAX} it is moved into 0 to 100. */
export function percentage() {
  return z.number().min(PERCENT_MIN).max(PERCENT_MAX)
    .transform((percent) => Math.min(Math.max(percent, 0), 100));
}

/** Text of at most `charsMax` UTF-16 units; may be empty. */
export function text(charsMax: number) {
  return z.string().max(charsMax).refine(isPlain, {
    error: "must be text without control characters",
  });
}

/** An optional array of at most `max` elements; absent is empty. */
export function list<Element extends z.ZodType>(element: Element, max: number) {
  const bounded = z.array(z.unknown()).max(max).pipe(z.array(element));
  return otherwise(bounded, []);
}

/** The id of a backend: safe in a path, where `.` and `..` would lead elsewhere, a log line and a table. */
export function clientId() {
  return z.string().regex(/^(?!\.+$)[A-Za-z0-9._:-]{1,128}$/, {
    error:
      'must be 1 to 128 letters, digits, ".", "_", ":" or "-", not dots alone',
  });
}

/** An IPv4 or IPv6 address, or one of the words for none; {@link knownAddress} tells them apart. */
export function address() {
  return z.string().refine(isAddressOrUnknown, {
    error: "must be an IPv4 or IPv6 address",
  }).nullish();
}

/** The address, or empty when it is not known: absent, null, empty or {@link UNKNOWN}. */
export function knownAddress(address: string | null | undefined): string {
  return address === UNKNOWN ? "" : address ?? "";
}

/** What a Go client sends when it could not find something out. */
export const UNKNOWN = "unknown";

/** Whether the text holds no control character, no bidirectional override, and no half of a surrogate pair. */
export function isPlain(value: string): boolean {
  return !UNPRINTABLE.test(value) && value.isWellFormed();
}

/** Control characters (C0, DEL, C1), line and paragraph separators, and the overrides of Unicode UAX #9. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Longest text of an address: six groups and an IPv4 tail (RFC 4291, section 2.2). */
const ADDRESS_CHARS_MAX = 45;

/** A zone (`fe80::1%eth0`) means something on one machine only, so it makes no address here. */
function isAddressOrUnknown(value: string): boolean {
  return value === "" || value === UNKNOWN ||
    (value.length <= ADDRESS_CHARS_MAX && isIP(value) !== 0 &&
      !value.includes("%"));
}
