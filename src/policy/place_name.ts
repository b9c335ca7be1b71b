/** The name of a place in a stranger's words. Owns no state. */

/** Characters of a name that are taken; the longest names of cities have some 60, and the wire takes 128. */
const NAME_CHARS_MAX = 100;

/** Control, format and private characters, halves of pairs, and what breaks a line. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** What may be left where a name was cut. */
const HALF_PAIR = /\p{Cs}$/u;

/** A name that is fit for a log, a registration and other people's screens; empty when it is none. */
export function placeName(value: unknown): string {
  if (typeof value !== "string") return "";
  return value.slice(0, 2 * NAME_CHARS_MAX).replace(UNPRINTABLE, "").trim()
    .slice(0, NAME_CHARS_MAX).replace(HALF_PAIR, "");
}

/** The code of a country as ISO 3166 writes it; empty when it is none. */
export function countryCode(value: unknown): string {
  return typeof value === "string" && /^[A-Z]{2}$/.test(value) ? value : "";
}
