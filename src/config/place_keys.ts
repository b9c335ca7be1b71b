/** Keys of both roles: where a machine stands on Earth. */
import { type KeyState, number, optional, text } from "./key.ts";

/** The machine's own place; unknown when nobody says it, never 0,0. */
export function placeKeys(state: KeyState | undefined) {
  return {
    latitude: optional(number({
      help: "Where this machine is, degrees north",
      min: -90,
      max: 90,
      state,
    })),
    longitude: optional(number({
      help: "Where this machine is, degrees east",
      min: -180,
      max: 180,
      state,
    })),
    country: text({ help: "Country this machine is in", default: "", state }),
    city: text({ help: "City this machine is in", default: "", state }),
  };
}
