/** A place in the words of the service that was asked for it, which are also those of the file that keeps it. */
import type { Place } from "../engine/backend.ts";
import { countryCode, placeName } from "../policy/place_name.ts";
import { isPublicIp } from "./public_ip.ts";

/** Where a service says that this machine is. */
export interface SaidPlace {
  readonly place: Place;
  /** This machine's address as the Internet sees it; empty when none is said that can be one. */
  readonly publicIp: string;
}

/** The place that fields tell; undefined when they tell none, or one that can't be. */
export function saidPlaceOf(
  fields: Readonly<Record<string, unknown>>,
): SaidPlace | undefined {
  const { latitude, longitude, ip } = fields;
  if (!isDegrees(latitude, 90) || !isDegrees(longitude, 180)) return undefined;
  const country = countryCode(fields["country_code"]);
  // The words of who does not know, and no buoy in the Gulf of Guinea.
  if (latitude === 0 && longitude === 0 && country === "") return undefined;
  return {
    place: { latitude, longitude, country, city: placeName(fields["city"]) },
    publicIp: typeof ip === "string" && isPublicIp(ip) ? ip : "",
  };
}

/** The object in a JSON text; undefined for anything else. */
export function objectIn(
  text: string,
): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? { ...json } : undefined;
  } catch {
    return undefined;
  }
}

/** NaN is no number of degrees. */
function isDegrees(value: unknown, most: number): value is number {
  return typeof value === "number" && Math.abs(value) <= most;
}
