/** Durations as people write them. */

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `90`, `90s`, `10m`, `1h30m`, `2d`; a number alone is seconds. Undefined for anything else. */
export function durationMs(text: string): number | undefined {
  if (/^[0-9]{1,9}(\.[0-9]{1,3})?$/.test(text)) return Number(text) * 1000;
  const parts =
    /^(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?$/
      .exec(text);
  if (parts === null || text === "") return undefined;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = parts;
  return Number(days) * UNIT_MS.d + Number(hours) * UNIT_MS.h +
    Number(minutes) * UNIT_MS.m + Number(seconds) * UNIT_MS.s;
}
