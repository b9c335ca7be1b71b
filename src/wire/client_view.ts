/** One backend as `GET /clients` shows it, and how a command reads it back. */
import * as z from "zod";
import type { BackendView } from "../engine/backend_view.ts";
import type { Conflict } from "../policy/claims.ts";
import { drainState, drainStateOf } from "./drain_answer.ts";
import { gpuMessage } from "./gpu_message.ts";

const gpu = z.object({
  device_id: z.number(),
  name: z.string(),
  utilization_pct: z.number(),
  memory_used_gb: z.number(),
  memory_total_gb: z.number(),
  temperature_c: z.number(),
  power_draw_w: z.number(),
  /** From here on: absent when it is not known. */
  vendor: z.string().optional(),
  uuid: z.string().optional(),
  temperature_limit_c: z.number().optional(),
  power_limit_w: z.number().optional(),
  throttled: z.boolean().optional(),
  throttle_reasons: z.array(z.string()).readonly().optional(),
  ecc_errors: z.number().optional(),
  compute_mode: z.string().optional(),
  is_slice: z.boolean().optional(),
});

/** One backend. Sizes are GB = 2^30 bytes, percentages 0 to 100, instants RFC 3339 in UTC. */
export const clientView = z.object({
  client_id: z.string(),
  hostname: z.string(),
  /** Where callers are sent. */
  endpoint: z.string(),
  /** Zeros and empty names when the place is not known. */
  location: z.object({
    latitude: z.number(),
    longitude: z.number(),
    country: z.string(),
    city: z.string(),
  }),
  /** Cores of the last report; before the first, what was registered. */
  cpu_cores: z.number(),
  /** Of each core. */
  cpu_usage_pct: z.array(z.number()),
  memory_total_gb: z.number(),
  memory_used_gb: z.number(),
  memory_avail_gb: z.number(),
  disk_total_gb: z.number(),
  disk_used_gb: z.number(),
  disk_avail_gb: z.number(),
  total_gpus: z.number(),
  gpu_models: z.array(z.string()),
  gpus: z.array(gpu),
  /** When it last registered or reported. */
  last_seen: z.string(),
  /** Whether it has reported lately. */
  is_active: z.boolean(),
  /** What its probes say: `healthy`, `unhealthy`, `unknown`. */
  health_status: z.string(),
  /** How long its last probe took. */
  latency_ms: z.number(),
  /** Null before the first probe. */
  last_health_check: z.string().nullable(),
  /** Whether at least one tier can be placed here now. */
  routable: z.boolean(),
  /** Why not; null when it can. */
  not_routable_because: z.string().nullable(),
  /** Its draining; absent when it is in service. */
  drain: drainState.optional(),
  /** The machines that use its id, when there are several; absent when there is one. */
  conflict: z.object({
    hostnames: z.array(z.string()),
    addresses: z.array(z.string()),
    /** When it was noticed. */
    since: z.string(),
  }).optional(),
  /** What live holds take. */
  held: z.object({
    leases: z.number(),
    vcpu: z.number(),
    memory_gb: z.number(),
    storage_gb: z.number(),
  }),
});

/** The JSON of one backend. */
export type ClientView = z.output<typeof clientView>;

/** The JSON of the whole answer. */
export const clientViews = z.array(clientView);

/**
 * The view under its JSON names. A backend that has not reported yet shows what it registered as its totals, and
 * zeros and empty lists for what only a report can say. `instant` writes a monotonic instant as RFC 3339.
 */
export function clientViewOf(
  view: BackendView,
  instant: (monotonicMs: number) => string,
  conflict?: Conflict,
): ClientView {
  const { registration, report, held, obstacle } = view;
  const { memory, disk } = report ?? {};
  const { place } = registration;
  return {
    client_id: registration.id,
    hostname: registration.hostname,
    endpoint: registration.endpoint,
    location: {
      latitude: place?.latitude ?? 0,
      longitude: place?.longitude ?? 0,
      country: place?.country ?? "",
      city: place?.city ?? "",
    },
    cpu_cores: report?.coreUsagePct.length ?? registration.totalCores,
    cpu_usage_pct: [...report?.coreUsagePct ?? []],
    memory_total_gb: memory?.totalGb ?? registration.totalMemoryGb,
    memory_used_gb: memory?.usedGb ?? 0,
    memory_avail_gb: memory?.availableGb ?? 0,
    disk_total_gb: disk?.totalGb ?? registration.totalStorageGb,
    disk_used_gb: disk?.usedGb ?? 0,
    disk_avail_gb: disk?.availableGb ?? 0,
    total_gpus: registration.totalGpus,
    gpu_models: [...registration.gpuModels],
    gpus: report?.gpus.map(gpuMessage) ?? [],
    last_seen: instant(view.lastSeenAt),
    is_active: view.active,
    health_status: view.health,
    latency_ms: view.latencyMs,
    last_health_check: view.lastProbeAt === undefined
      ? null
      : instant(view.lastProbeAt),
    routable: obstacle === undefined,
    not_routable_because: obstacle ?? null,
    ...(view.drain !== undefined && {
      drain: drainStateOf(view.drain, instant),
    }),
    ...(conflict !== undefined && { conflict: conflictOf(conflict, instant) }),
    held: {
      leases: held.leases,
      vcpu: held.vcpu,
      memory_gb: held.memoryGb,
      storage_gb: held.storageGb,
    },
  };
}

function conflictOf(
  { claimants, since }: Conflict,
  instant: (monotonicMs: number) => string,
): ClientView["conflict"] {
  const addresses = claimants.flatMap((one) => [one.localIp, one.publicIp])
    .filter((address) => address !== "");
  return {
    hostnames: claimants.map(({ hostname }) => hostname),
    addresses: [...new Set(addresses)],
    since: instant(since),
  };
}
