/** Where a machine or a caller is, on the wire: four flat fields, of which zeros can mean that nobody knows. */
import type { Place } from "../engine/backend.ts";
import { NAME_CHARS_MAX } from "./bounds.ts";
import { otherwise, signed, text, UNKNOWN } from "./fields.ts";

/** Optional degrees north. */
export const latitude = signed(90).nullish();

/** Optional degrees east. */
export const longitude = signed(180).nullish();

/** The fields of a place, for use inside an object's schema. */
export const PLACE_FIELDS = {
  /** Degrees north. Not known when absent, or 0 with a longitude of 0 and no country. */
  latitude,
  /** Degrees east. */
  longitude,
  /** Two-letter code or English name; not known when absent, empty or `unknown`. */
  country: otherwise(text(NAME_CHARS_MAX), ""),
  /** Name, for people; not known when absent, empty or `unknown`. */
  city: otherwise(text(NAME_CHARS_MAX), ""),
} as const;

/** A place as its fields say it. */
export interface PlaceFields {
  readonly latitude?: number | null | undefined;
  readonly longitude?: number | null | undefined;
  readonly country: string;
  readonly city: string;
}

/**
 * The place, or undefined when it is not known: a coordinate is missing, or both are 0 without a country, which is
 * how a Go client says that it doesn't know and not a machine in the Gulf of Guinea.
 */
export function placeOf(fields: PlaceFields): Place | undefined {
  const { latitude, longitude } = fields;
  if (typeof latitude !== "number" || typeof longitude !== "number") {
    return undefined;
  }
  const country = known(fields.country);
  if (latitude === 0 && longitude === 0 && country === "") return undefined;
  return { latitude, longitude, country, city: known(fields.city) };
}

function known(name: string): string {
  return name.toLowerCase() === UNKNOWN ? "" : name;
}
