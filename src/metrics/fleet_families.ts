/** Sums of the fleet: as many series for ten backends as for ten thousand. Nothing is kept here. */
import type {
  BackendFigures,
  BackendState,
  FleetFigures,
} from "../engine/figures.ts";
import { type Family, gaugeBy, oneGauge } from "./family.ts";
import { GB_BYTES, ROOMS } from "./rooms.ts";

/** The states as numbers, the worse the higher. */
export const STATE_NUMBERS: Readonly<Record<BackendState, number>> = {
  in_service: 0,
  draining: 1,
  ejected: 2,
  unhealthy: 3,
  stale: 4,
  no_report: 5,
};

/** The families, in the order in which they matter. */
export function fleetFamilies(figures: FleetFigures): readonly Family[] {
  const { backends, held, leases, sessions } = figures;
  return [
    gaugeBy(
      {
        name: "opsen_backends",
        help: "Backends, by what keeps them from new work",
      },
      "state",
      countsOf(Object.keys(STATE_NUMBERS), backends, ({ state }) => state),
    ),
    gaugeBy(
      {
        name: "opsen_backends_probed",
        help: "Backends, by what their probes say",
      },
      "health",
      countsOf(HEALTHS, backends, ({ health }) => health),
    ),
    gaugeBy(
      { name: "opsen_leases", help: "Live leases of sessions, by tier" },
      "tier",
      leases,
    ),
    oneGauge({
      name: "opsen_sessions",
      help: "Assignments of sessions to backends, one for each tier",
    }, sessions),
    oneGauge({
      name: "opsen_fleet_report_age_max_seconds",
      help: "Age of the oldest last report that is not stale",
      unit: "seconds",
    }, oldestSeconds(backends)),
    ...rooms(backends),
    oneGauge({
      name: "opsen_fleet_gpus",
      help: "GPUs of the fleet",
    }, sumOf(backends, ({ gpus }) => gpus)),
    oneGauge({
      name: "opsen_held_cores",
      help: "Cores that live leases hold",
      unit: "cores",
    }, held.cores),
    oneGauge({
      name: "opsen_held_memory_bytes",
      help: "Memory that live leases hold",
      unit: "bytes",
    }, held.memoryGb * GB_BYTES),
    oneGauge({
      name: "opsen_held_storage_bytes",
      help: "Storage that live leases hold",
      unit: "bytes",
    }, held.storageGb * GB_BYTES),
    oneGauge({
      name: "opsen_held_gpus",
      help: "GPUs that live leases hold, each as often as leases share it",
    }, held.gpus),
  ];
}

const HEALTHS = ["unknown", "healthy", "unhealthy"];

function rooms(backends: readonly BackendFigures[]): readonly Family[] {
  return ROOMS.flatMap(({ noun, words, unit, scale, of }) => [
    oneGauge({
      name: `opsen_fleet_capacity_${noun}`,
      help: `${words} of the fleet`,
      unit,
    }, scale * sumOf(backends, (backend) => of(backend).total)),
    oneGauge({
      name: `opsen_fleet_free_${noun}`,
      help: `${words} that is free on backends in service`,
      unit,
    }, scale * sumOf(backends, freeInService(of))),
  ]);
}

function freeInService(of: typeof ROOMS[number]["of"]) {
  return (backend: BackendFigures) =>
    backend.state === "in_service" ? of(backend).free : 0;
}

function sumOf(
  backends: readonly BackendFigures[],
  of: (backend: BackendFigures) => number,
): number {
  let sum = 0;
  for (const backend of backends) sum += of(backend);
  return sum;
}

function oldestSeconds(backends: readonly BackendFigures[]): number {
  let oldestMs = 0;
  for (const { state, reportAgeMs = 0 } of backends) {
    if (state !== "stale") oldestMs = Math.max(oldestMs, reportAgeMs);
  }
  return oldestMs / 1000;
}

/** How many there are of each, those of which there are none too. */
function countsOf(
  keys: readonly string[],
  backends: readonly BackendFigures[],
  keyOf: (backend: BackendFigures) => string,
): ReadonlyMap<string, number> {
  const counts = new Map(keys.map((key) => [key, 0]));
  for (const backend of backends) {
    const key = keyOf(backend);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
