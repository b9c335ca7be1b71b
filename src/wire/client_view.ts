/** One backend as `GET /clients` shows it, and how a command reads it back. */
import * as z from "zod";
import type { BackendView } from "../engine/backend_view.ts";
import type { Conflict } from "../policy/claims.ts";
import { drainState, drainStateOf } from "./drain_answer.ts";
import { type GpuMessage, gpuMessage } from "./gpu_message.ts";

/** What its fields are is said beside {@link GpuMessage}. */
const gpu = z.object({
  device_id: z.number(),
  name: z.string(),
  utilization_pct: z.number(),
  memory_used_gb: z.number(),
  memory_total_gb: z.number(),
  temperature_c: z.number(),
  power_draw_w: z.number(),
  vendor: z.string().optional(),
  uuid: z.string().optional(),
  temperature_limit_c: z.number().optional(),
  power_limit_w: z.number().optional(),
  throttled: z.boolean().optional(),
  throttle_reasons: z.array(z.string()).readonly().optional(),
  ecc_errors: z.number().optional(),
  compute_mode: z.string().optional(),
  is_slice: z.boolean().optional(),
}) satisfies z.ZodType<GpuMessage>;

/** One backend. Sizes are GB = 2^30 bytes, percentages 0 to 100, instants RFC 3339 in UTC. */
export const clientView = z.object({
  /** The id under which it registered. */
  client_id: z.string(),
  /** As it reports it; may be empty. */
  hostname: z.string(),
  /** URL to which callers are sent. */
  endpoint: z.string(),
  /** Zeros and empty names when the place is not known. */
  location: z.object({
    /** Degrees north, -90 to 90. */
    latitude: z.number(),
    /** Degrees east, -180 to 180. */
    longitude: z.number(),
    /** Code or name, as it registered; may be empty. */
    country: z.string(),
    /** As it registered; may be empty. */
    city: z.string(),
  }),
  /** Cores of the last report; before the first, what was registered. */
  cpu_cores: z.number(),
  /** Percent of each core, mean over the last report's window; empty before the first. */
  cpu_usage_pct: z.array(z.number()),
  /** Of the last report; before the first, what was registered. */
  memory_total_gb: z.number(),
  /** Mean over the last report's window; 0 before the first. */
  memory_used_gb: z.number(),
  /** What programs could still get, caches given back; 0 before the first report. */
  memory_avail_gb: z.number(),
  /** Of the last report; before the first, what was registered. */
  disk_total_gb: z.number(),
  /** Mean over the last report's window; 0 before the first. */
  disk_used_gb: z.number(),
  /** What programs could still write; 0 before the first report. */
  disk_avail_gb: z.number(),
  /** How many GPUs it registered. */
  total_gpus: z.number(),
  /** Their models, as it registered them. */
  gpu_models: z.array(z.string()),
  /** Those of the last report, each as a mean over its window; empty before the first. */
  gpus: z.array(gpu),
  /** When it last registered or reported. */
  last_seen: z.string(),
  /** Whether it has registered or reported within `stale_minutes`. */
  is_active: z.boolean(),
  /** What its probes say: `healthy`, `unhealthy`, `unknown`. */
  health_status: z.string(),
  /** Smoothed latency of the probes that succeeded, milliseconds; 0 before the first. */
  latency_ms: z.number(),
  /** When it was last probed; null before the first time. */
  last_health_check: z.string().nullable(),
  /** Whether at least one tier can be placed here now. */
  routable: z.boolean(),
  /** Why not, for people; null when one can. */
  not_routable_because: z.string().nullable(),
  /** Its draining; absent when it is in service. */
  drain: drainState.optional(),
  /** The machines that use its id, when there are several; absent when there is one. */
  conflict: z.object({
    /** One for each of them, two to four; an empty one for a machine that says none. */
    hostnames: z.array(z.string()),
    /** Their addresses, as they say them or as their messages come from. */
    addresses: z.array(z.string()),
    /** When it was noticed. */
    since: z.string(),
  }).optional(),
  /** What live leases take, confirmed or not. */
  held: z.object({
    /** How many there are. */
    leases: z.number(),
    /** Cores, as the tiers of the leases say. */
    vcpu: z.number(),
    /** Memory, as the tiers say. */
    memory_gb: z.number(),
    /** Disk, as the tiers say. */
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
