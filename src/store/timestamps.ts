/**
 * Timestamps as the Go server wrote them: UTC, as text that sorts by time. Seconds in `created_at`, `last_seen` and
 * `last_used`; a fraction and an offset in reports. The text of an instant sorts after the text of its second, so
 * `timestamp < datetime('now','-7 days')` compares both as SQLite's own functions would.
 */

/** `YYYY-MM-DD HH:MM:SS` of wall-clock milliseconds. Throws RangeError when they are no date. */
export function secondsText(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace("T", " ");
}

/** `YYYY-MM-DD HH:MM:SS.mmm+00:00` of wall-clock milliseconds. Throws RangeError when they are no date. */
export function instantText(wallMs: number): string {
  return new Date(wallMs).toISOString().replace("T", " ").replace(
    "Z",
    "+00:00",
  );
}

/**
 * Wall-clock milliseconds of a stored timestamp, or undefined when it is none. Reads what SQLite, both Go drivers and
 * RFC 3339 write; without an offset it is UTC, and digits beyond milliseconds are cut.
 */
export function parseTimestamp(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined;
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const { date, time, seconds = "00", fraction = "", offset = "Z" } =
    match.groups ?? {};
  const millis = fraction.slice(0, 3).padEnd(3, "0");
  const ms = Date.parse(
    `${date}T${time}:${seconds}.${millis}${colonised(offset)}`,
  );
  return Number.isNaN(ms) ? undefined : ms;
}

/** What follows the offset is a zone's name or Go's monotonic reading, which say nothing more. */
const TIMESTAMP =
  /^(?<date>\d{4}-\d\d-\d\d)[ T](?<time>\d\d:\d\d)(?::(?<seconds>\d\d)(?:\.(?<fraction>\d+))?)?(?: ?(?<offset>Z|[+-]\d\d:?\d\d))?(?: .*)?$/;

function colonised(offset: string): string {
  return offset.length === 5
    ? `${offset.slice(0, 3)}:${offset.slice(3)}`
    : offset;
}
