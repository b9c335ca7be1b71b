/**
 * Series of each backend: eleven of one with GPUs, of which the last two are left out of the page where a thousand of them
 * would not fit otherwise. Nothing is kept here.
 */
import type { BackendFigures } from "../engine/figures.ts";
import { type About, type Family, gauge, type Sample } from "./family.ts";
import { STATE_NUMBERS } from "./fleet_families.ts";
import { labelText } from "./line_text.ts";
import { gpuFamilies } from "./machine_families.ts";
import { type RoomKind, ROOMS } from "./rooms.ts";

/** What everybody gets, in the order in which it matters. */
export function backendFamilies(
  backends: readonly BackendFigures[],
): readonly Family[] {
  const all = backends.map((backend) => ({
    backend,
    labels: labelText({ backend: backend.id }),
  }));
  const family = (
    about: About,
    valueOf: (backend: BackendFigures) => number | undefined,
  ) => {
    const samples: Sample[] = [];
    for (const { backend, labels } of all) {
      const value = valueOf(backend);
      if (value !== undefined) samples.push([labels, value]);
    }
    return gauge(about, samples);
  };
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
  const samples = backends.flatMap(({ id, report }) =>
    (report?.coreUsagePct ?? []).map((pct, core): Sample => [
      labelText({ backend: id, core: `${core}` }),
      pct / 100,
    ])
  );
  return [gauge({
    name: "opsen_backend_core_usage_ratio",
    help: "Mean use of the core by the last report, 0 to 1",
    unit: "ratio",
  }, samples)];
}

/** Four series for each GPU. */
export function backendGpuFamilies(
  backends: readonly BackendFigures[],
): readonly Family[] {
  const gpus = backends.flatMap(({ id, report }) =>
    (report?.gpus ?? []).map((gpu) => ({
      gpu,
      labels: labelText({ backend: id, gpu: `${gpu.deviceId}` }),
    }))
  );
  return gpuFamilies("opsen_backend", gpus);
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
