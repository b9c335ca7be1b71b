/** The place in a record of a database of cities. */
import type { Place } from "../engine/backend.ts";
import { countryCode, placeName } from "../policy/place_name.ts";

/**
 * The place in a decoded record; undefined when it has no coordinates. Exactly 0,0 counts as none: it is in the sea, and
 * what some databases write for networks that they can't place.
 */
export function placeIn(record: unknown): Place | undefined {
  const location = field(record, "location");
  const latitude = field(location, "latitude");
  const longitude = field(location, "longitude");
  if (!isWithin(latitude, 90) || !isWithin(longitude, 180)) return undefined;
  if (latitude === 0 && longitude === 0) return undefined;
  return {
    latitude,
    longitude,
    country: countryCode(field(field(record, "country"), "iso_code")),
    city: nameIn(field(field(record, "city"), "names")),
  };
}

/** A member of a decoded map; undefined when there is none. */
export function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

/** The English name, else any. */
function nameIn(names: unknown): string {
  const english = placeName(field(names, "en"));
  if (english !== "" || !isRecord(names)) return english;
  return Object.values(names).map(placeName).find((name) => name !== "") ?? "";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** NaN is within nothing. */
function isWithin(value: unknown, limit: number): value is number {
  return typeof value === "number" && Math.abs(value) <= limit;
}
