/** Machines somewhere on Earth, for tests about places. */
import type { Registration } from "../../src/engine/backend.ts";
import type { Coordinates } from "../../src/engine/distance.ts";
import { type Tier, tier, type TierNeeds } from "../../src/engine/tier.ts";

/** Kilometres of a degree of the equator on a sphere of 6,371 km. */
const KM_PER_DEGREE = Math.PI * 6371 / 180;

/** Where the callers of these tests are. */
export const HERE: Coordinates = { latitude: 0, longitude: 0 };

/** So many km east of {@link HERE}. */
export function east(km: number): Coordinates {
  return { latitude: 0, longitude: km / KM_PER_DEGREE };
}

/** The place of a machine so many km east of {@link HERE}. */
export function standing(km: number, country = ""): Registration["place"] {
  return { ...east(km), country, city: "" };
}

/** A small tier with these wishes. */
export function small(name: string, wishes: Partial<TierNeeds>): Tier {
  const needs = { vcpu: 1, memoryGb: 1, storageGb: 5, gpus: 0, gpuMemoryGb: 0 };
  return tier({ name, ...needs, ...wishes });
}
