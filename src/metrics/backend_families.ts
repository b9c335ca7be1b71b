/**
 * Series of each backend: eleven of one with GPUs, of which the last two are left out of the page where a thousand of them
 * would not fit otherwise. Nothing is kept here.
 */
import type { BackendFigures } from "../engine/figures.ts";
import { type About, type Family, gaugeOf } from "./family.ts";
import { STATE_NUMBERS } from "./fleet_families.ts";
import { labelText, numberText } from "./line_text.ts";
import { gpuFamilies } from "./machine_families.ts";
import { type RoomKind, ROOMS } from "./rooms.ts";

/** What everybody gets, in the order in which it matters. */
export function backendFamilies(
  backends: readonly BackendFigures[],
): readonly Family[] {
  const family = (
    about: About,
    valueOf: (backend: BackendFigures) => number | undefined,
  ) =>
    gaugeOf(about, backends, ({ id }) => labelText({ backend: id }), valueOf);
  const capacity = (kind: RoomKind) =>
    family({
      name: `opsen_backend_capacity_${kind.noun}`,
      help: `${kind.words} of the backend by its last report`,
      unit: kind.unit,
    }, valueOfRoom(kind, "total"));
  const free = (kind: RoomKind) =>
    family({
      name: `opsen_backend_free_${kind.noun}`,
      help: `${kind.words} that is free on the backend`,
      unit: kind.unit,
    }, valueOfRoom(kind, "free"));
  const [storage] = ROOMS.slice(-1);
  return [
    family(
      { name: "opsen_backend_state", help: STATE_HELP },
      ({ state }) => STATE_NUMBERS[state],
    ),
    ...ROOMS.map(free),
    family(
      {
        name: "opsen_backend_report_age_seconds",
        help: "Time since the backend's last report",
        unit: "seconds",
      },
      ({ reportAgeMs }) =>
        reportAgeMs === undefined ? undefined : reportAgeMs / 1000,
    ),
    ...ROOMS.filter((kind) => kind !== storage).map(capacity),
    family(
      {
        name: "opsen_backend_probe_latency_seconds",
        help: "Smoothed latency of the backend's successful probes",
        unit: "seconds",
      },
      ({ probeLatencyMs }) =>
        probeLatencyMs === undefined ? undefined : probeLatencyMs / 1000,
    ),
    ...storage === undefined ? [] : [capacity(storage)],
  ];
}

/** One series for each core. */
export function coreFamilies(
  backends: readonly BackendFigures[],
): readonly Family[] {
  let size = 0;
  for (const { report } of backends) size += report?.coreUsagePct.length ?? 0;
  const name = "opsen_backend_core_usage_ratio";
  return [{
    name,
    help: "Mean use of the core by the last report, 0 to 1",
    unit: "ratio",
    type: "gauge",
    size,
    *lines() {
      for (const { id, report } of backends) {
        const before = `${name}${labelsBefore(id)}core="`;
        for (const [core, pct] of (report?.coreUsagePct ?? []).entries()) {
          yield `${before}${core}"} ${numberText(pct / 100)}\n`;
        }
      }
    },
  }];
}

/** Four series for each GPU. */
export function backendGpuFamilies(
  backends: readonly BackendFigures[],
): readonly Family[] {
  const gpus = backends.flatMap(({ id, report }) => {
    const before = labelsBefore(id);
    return (report?.gpus ?? []).map((gpu) => ({ gpu, before }));
  });
  return gpuFamilies("opsen_backend", gpus);
}

/** The label of a backend, to be followed by another. */
function labelsBefore(backend: string): string {
  return `${labelText({ backend }).slice(0, -1)},`;
}

const STATE_HELP = `State of the backend: ${
  Object.entries(STATE_NUMBERS)
    .map(([state, number]) => `${number} ${state}`).join(", ")
}`;

/** A backend that has not reported has no room to speak of, and one without GPUs no memory of theirs. */
function valueOfRoom({ of, scale }: RoomKind, side: "total" | "free") {
  return (backend: BackendFigures) => {
    const room = of(backend);
    return backend.report === undefined || room.total === 0
      ? undefined
      : room[side] * scale;
  };
}
