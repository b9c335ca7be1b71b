/** A rule of both roles: half a place is none. */
import type { Objection } from "./rule.ts";

/** Latitude and longitude are given together. */
export function placeRule(
  { latitude, longitude }: {
    readonly latitude: number | undefined;
    readonly longitude: number | undefined;
  },
): Objection[] {
  if ((latitude === undefined) === (longitude === undefined)) return [];
  const [path, missing] = latitude === undefined
    ? ["longitude", "latitude"]
    : ["latitude", "longitude"];
  const found = `a value, but none for ${missing}`;
  const wanted = "both or neither";
  return [{ kind: "problem", path, because: [missing], found, wanted }];
}
