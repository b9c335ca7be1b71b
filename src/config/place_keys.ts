/** Keys of both roles: where a machine stands on Earth. */
import type { Place } from "../engine/backend.ts";
import { type ConfigOf, number, optional, text } from "./key.ts";
import { COUNTRY, orEmpty } from "./text_format.ts";

/** The machine's own place; unknown when nobody says it, never 0,0. */
export const PLACE_KEYS = {
  latitude: optional(number({
    help: "Where this machine is, degrees north",
    min: -90,
    max: 90,
  })),
  longitude: optional(number({
    help: "Where this machine is, degrees east",
    min: -180,
    max: 180,
  })),
  country: text({
    help: "Country this machine is in, as a code such as FR",
    default: "",
    format: orEmpty(COUNTRY),
  }),
  city: text({ help: "City this machine is in", default: "" }),
};

/** The place that the keys tell; undefined when they tell none. */
export function configuredPlace(
  { latitude, longitude, country, city }: ConfigOf<typeof PLACE_KEYS>,
): Place | undefined {
  return latitude === undefined || longitude === undefined
    ? undefined
    : { latitude, longitude, country: country.toUpperCase(), city };
}
