/** Backends, decisions, leases and histories as a busy fleet has them, each made from its number alone. */
import type { ClientView } from "../../src/wire/client_view.ts";
import type { DecisionSummary } from "../../src/wire/decision_answer.ts";
import type { LeaseAnswer } from "../../src/wire/lease_answer.ts";
import type { StatsHistory } from "../../src/wire/stats_history.ts";

const PLACES = [
  ["Frankfurt", "DE", 50.1, 8.7],
  ["London", "GB", 51.5, -0.1],
  ["Ashburn", "US", 39, -77.5],
  ["Hillsboro", "US", 45.5, -122.9],
  ["São Paulo", "BR", -23.5, -46.6],
  ["Singapore", "SG", 1.3, 103.8],
  ["Tokyo", "JP", 35.7, 139.7],
  ["Sydney", "AU", -33.9, 151.2],
  ["Mumbai", "IN", 19.1, 72.9],
  ["Johannesburg", "ZA", -26.2, 28],
] as const;

const CALLERS = [
  [52.5, 13.4],
  [40.4, -3.7],
  [59.3, 18.1],
  [30, 31.2],
  [41.9, -87.6],
  [19.4, -99.1],
  [-34.6, -58.4],
  [13.8, 100.5],
  [37.6, 127],
  [-1.3, 36.8],
  [34.1, -118.2],
  [28.6, 77.2],
] as const;

const KINDS = ["render", "worker", "build", "train", "edge"];
const DAY_S = 86_400;

/** The backend of that number, as it is at first. */
export function backendAt(index: number, prefix = ""): ClientView {
  const [city, country, latitude, longitude] = PLACES[index % PLACES.length]!;
  const cores = [8, 16, 32, 64][index % 4]!;
  const cards = index % 3 === 0 ? [1, 2, 4, 8][index % 4]! : 0;
  const memory = cores * 4;
  const number = `${Math.floor(index / KINDS.length) + 1}`.padStart(2, "0");
  const name = `${prefix}${KINDS[index % KINDS.length]}-${number}`;
  return {
    client_id: name,
    hostname: `${name}.${city.toLowerCase().replace(/[^a-z]/g, "")}.example`,
    endpoint: `http://10.0.${index >> 8}.${index & 255}:8080`,
    location: { latitude, longitude, country, city },
    cpu_cores: cores,
    cpu_usage_pct: Array.from(
      { length: cores },
      (_, core) => wave(index * 7 + core * 13, 55, 45),
    ),
    memory_total_gb: memory,
    memory_used_gb: memory * wave(index * 3, 0.5, 0.42),
    memory_avail_gb: memory / 3,
    disk_total_gb: 960,
    disk_used_gb: 960 * wave(index * 11, 0.5, 0.45),
    disk_avail_gb: 300,
    total_gpus: cards,
    gpu_models: cards > 0 ? ["NVIDIA L40S"] : [],
    gpus: Array.from({ length: cards }, (_, card) => ({
      device_id: card,
      name: "NVIDIA L40S",
      utilization_pct: Math.round(wave(index + card * 9, 55, 45)),
      memory_used_gb: wave(index + card * 5, 24, 20),
      memory_total_gb: 48,
      temperature_c: wave(index + card, 62, 16),
      power_draw_w: wave(index + card, 220, 110),
      temperature_limit_c: 88,
      power_limit_w: 350,
      ...(card === 1 && {
        throttled: true,
        throttle_reasons: ["sw_power_cap"],
      }),
    })),
    last_seen: new Date().toISOString(),
    is_active: index % 23 !== 11,
    health_status: index % 29 === 13 ? "unhealthy" : "healthy",
    latency_ms: wave(index, 4, 3.5),
    last_health_check: new Date().toISOString(),
    ...standingOf(index),
    held: {
      leases: index % 7,
      vcpu: (index % 7) * 2,
      memory_gb: (index % 7) * 4,
      storage_gb: (index % 7) * 10,
    },
  };
}

/** The same backend some ticks later: all its figures move. */
export function changed(
  client: ClientView,
  index: number,
  ticks: number,
): ClientView {
  const { memory_total_gb: memory } = client;
  return {
    ...client,
    last_seen: client.is_active ? new Date().toISOString() : client.last_seen,
    cpu_usage_pct: client.cpu_usage_pct.map((_, core) =>
      Math.round(wave(index * 7 + core * 13 + ticks * 3, 55, 45) * 10) / 10
    ),
    memory_used_gb: memory * wave(index * 3 + ticks, 0.5, 0.42),
  };
}

/** The decision of that number. */
export function decisionAt(
  index: number,
  clients: readonly ClientView[],
): DecisionSummary {
  const [latitude, longitude] = CALLERS[index * 5 % CALLERS.length]!;
  const common = {
    request_id: `r-${index}`,
    at: new Date().toISOString(),
    source: "route" as const,
    tier: ["small", "large", "gpu"][index % 3]!,
    place: { latitude, longitude },
    explained: true,
    ...(index % 2 === 0 && { sticky_id: `session-${index % 40}` }),
  };
  const chosen = clients[index * 7 % Math.max(1, clients.length)];
  if (index % 11 === 4 || chosen === undefined) {
    return {
      ...common,
      outcome: "refused",
      tally: { gpu_memory: 41, cores: 3 },
      fleet_size: clients.length,
      nearest: {
        client_id: "render-03",
        lacks: "gpu_memory",
        short_by: 4.25,
        unit: "GB",
      },
    };
  }
  return {
    ...common,
    outcome: "placed",
    client_id: chosen.client_id,
    lease_id: index.toString(36),
    stickiness: index % 2 === 0 ? "kept" : "none",
    score: 18 + index % 17,
    ...(index % 13 === 5 && { waited_ms: 1240 }),
  };
}

/** The lease of that number. */
export function leaseAt(index: number): LeaseAnswer {
  const now = Date.now();
  return {
    lease_id: (1000 + index).toString(36),
    client_id: backendAt(index * 3).client_id,
    tier: ["small", "large", "gpu"][index % 3]!,
    gpus: index % 3 === 2 ? [0, 1] : [],
    ...(index % 2 === 0 && { sticky_id: `session-${index}` }),
    state: index % 4 === 0 ? "hold" : "confirmed",
    placed_at: new Date(now - index * 61_000).toISOString(),
    expires_at: new Date(now + index * 47_000 + 60_000).toISOString(),
  };
}

/** An hour of reports with a gap in it. */
export function historyOf(id: string): StatsHistory {
  const points = 240;
  const toS = Math.floor(Date.now() / 1000);
  const at = Array.from(
    { length: points },
    (_, index) => toS - (points - index) * 15,
  );
  const column = (shift: number, middle: number, swing: number) =>
    at.map((_, index) =>
      index > 90 && index < 110 ? null : wave(index * 2 + shift, middle, swing)
    );
  const always = (value: number) => at.map(() => value);
  return {
    client_id: id,
    from: new Date((toS - DAY_S / 24) * 1000).toISOString(),
    to: new Date(toS * 1000).toISOString(),
    step_seconds: 15,
    at,
    cpu_pct: column(0, 48, 22),
    cpu_max_pct: column(3, 78, 20),
    memory_used_gb: column(20, 34, 9),
    memory_total_gb: always(64),
    disk_used_gb: column(0, 410, 6),
    disk_total_gb: always(960),
    gpus: [0, 1].map((card) => ({
      device_id: card,
      name: "NVIDIA L40S",
      utilization_pct: column(card * 40, 60, 35),
      memory_used_gb: column(card * 25, 26, 12),
      memory_total_gb: always(48),
      temperature_c: column(card * 10, 64, 9),
    })),
  };
}

/** A few of them are out, each in its own way. */
function standingOf(
  index: number,
): Pick<ClientView, "routable" | "not_routable_because" | "drain"> {
  const why = index % 23 === 11
    ? "last report 95 s ago, stale after 30 s"
    : index % 29 === 13
    ? "unhealthy: probes fail"
    : index % 31 === 7
    ? "ejected: requests to it failed"
    : index % 37 === 5
    ? "draining: it takes nothing new"
    : index % 9 === 4
    ? "no tier fits: lacks gpu_memory, cores"
    : null;
  return {
    routable: why === null,
    not_routable_because: why,
    ...(why?.startsWith("draining") && {
      drain: {
        state: "draining" as const,
        by: ["operator" as const],
        since: new Date(Date.now() - 90_000).toISOString(),
        sessions: 3,
        in_flight: 5,
      },
    }),
  };
}

/** Between the middle less and the middle plus the swing, without chance. */
function wave(phase: number, middle: number, swing: number): number {
  return middle + swing * Math.sin(phase * 0.37) * Math.cos(phase * 0.11);
}
