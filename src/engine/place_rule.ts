/**
 * Where a tier may run: in some countries, and so far from its caller. A country that is not known is in no list; a
 * distance that is not known is 0.
 */
import { countryCodeOf } from "../policy/country.ts";
import type { Place } from "./backend.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** The code of the country that the place names; undefined when it names none. */
export function countryOf(place: Place | undefined): string | undefined {
  return place === undefined ? undefined : countryCodeOf(place.country);
}

/** Whether both are the same point, or neither is known. */
export function isSamePoint(
  a: Place | undefined,
  b: Place | undefined,
): boolean {
  return a?.latitude === b?.latitude && a?.longitude === b?.longitude;
}

/** Whether the tier may run in the backend's country. */
export function mayRunIn({ country }: Slot, { countries }: Tier): boolean {
  return countries.size === 0 ||
    (country !== undefined && countries.has(country));
}

/** Whether the tier minds how far away its caller is. */
export function hasLimit({ maxDistanceKm }: Tier): boolean {
  return maxDistanceKm < Infinity;
}
