/** A rule of both roles: half a place is none. */
import { type Objection, problem } from "./rule.ts";

/** Latitude and longitude are given together, and a country or a city only with them: alone they would place nothing. */
export function placeRule(
  { latitude, longitude, country, city }: {
    readonly latitude: number | undefined;
    readonly longitude: number | undefined;
    readonly country: string;
    readonly city: string;
  },
): Objection[] {
  if (latitude === undefined && longitude === undefined) {
    const path = country !== "" ? "country" : "city";
    if (country === "" && city === "") return [];
    const because = ["latitude", "longitude"];
    const found = "a value, but none for latitude and longitude";
    return [problem(path, found, "all of them, or none", because)];
  }
  if ((latitude === undefined) === (longitude === undefined)) return [];
  const [path, missing] = latitude === undefined
    ? ["longitude", "latitude"]
    : ["latitude", "longitude"];
  const found = `a value, but none for ${missing}`;
  const wanted = "both or neither";
  return [problem(path, found, wanted, [missing])];
}
