/** Days and instants as people write them. */

const MS_PER_DAY = 86_400_000;
/** Characters of a day, `2027-01-31`. */
const DAY_CHARS = 10;

/**
 * When something begins that counts from then on, in milliseconds since 1970: `2027-01-31` from the beginning of that day
 * in UTC, `2027-01-31T12:00:00Z` (RFC 3339) from that instant. Undefined for what is neither.
 */
export function beginMs(text: string): number | undefined {
  const ms = endMs(text);
  return ms === undefined || text.length > DAY_CHARS ? ms : ms - MS_PER_DAY;
}

/**
 * When something ends that is good until then, in milliseconds since 1970: `2027-01-31` is good to the end of that day
 * in UTC, `2027-01-31T12:00:00Z` (RFC 3339) to that instant. Undefined for what is neither.
 */
export function endMs(text: string): number | undefined {
  const format =
    /^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?$/;
  if (!format.test(text)) return undefined;
  const day = text.slice(0, 10);
  const midnightMs = Date.parse(`${day}T00:00:00Z`);
  // Without this look back, some read the 31st of February as a day of March.
  const isDay = !Number.isNaN(midnightMs) &&
    new Date(midnightMs).toISOString().startsWith(day);
  if (!isDay) return undefined;
  if (text.length === day.length) return midnightMs + MS_PER_DAY;
  const atMs = Date.parse(text.replace(" ", "T").toUpperCase());
  return Number.isNaN(atMs) ? undefined : atMs;
}
