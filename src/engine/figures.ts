/** What can be measured of a fleet, as plain numbers of one instant, for whoever shows it over time. Costs one pass. */
import type { Report } from "./backend.ts";
import type { BalancerParts } from "./balancer_parts.ts";
import type { Slot } from "./slot.ts";

/** Whether a backend takes new work, room aside: the first of these that applies keeps it from that, worst first. */
export type BackendState =
  | "no_report"
  | "stale"
  | "unhealthy"
  | "ejected"
  | "draining"
  | "in_service";

/** Room of one kind; what is free is what the last report leaves, less holds whose sessions have not begun. */
export interface RoomFigures {
  /** All there is. */
  readonly total: number;
  /** What new work may have. */
  readonly free: number;
}

/** One backend. Sizes are GB. */
export interface BackendFigures {
  /** The id that it registered. */
  readonly id: string;
  /** Whether it takes work. */
  readonly state: BackendState;
  /** What its probes say, believed or not. */
  readonly health: Slot["health"]["kind"];
  /** Smoothed latency of successful probes; undefined before the first. */
  readonly probeLatencyMs: number | undefined;
  /** Time since its last report; undefined before the first. */
  readonly reportAgeMs: number | undefined;
  /** Its cores. */
  readonly cores: RoomFigures;
  /** Its memory. */
  readonly memoryGb: RoomFigures;
  /** Its disk. */
  readonly storageGb: RoomFigures;
  /** VRAM of all its GPUs; what is free of it by the last report alone. */
  readonly gpuMemoryGb: RoomFigures;
  /** How many GPUs it has. */
  readonly gpus: number;
  /** Its last report, if it has sent one. */
  readonly report: Report | undefined;
}

/** The fleet. */
export interface FleetFigures {
  /** First registered first. */
  readonly backends: readonly BackendFigures[];
  /** Live leases of sessions, by tier. */
  readonly leases: ReadonlyMap<string, number>;
  /** What live leases hold, those of single requests too. */
  readonly held: {
    readonly cores: number;
    readonly memoryGb: number;
    readonly storageGb: number;
    readonly gpus: number;
  };
  /** Sticky assignments. */
  readonly sessions: number;
}

/** The figures at the instant `now`; the caller has let time pass. */
export function figuresOf(
  { fleet, book, sticky, settings }: BalancerParts,
  now: number,
): FleetFigures {
  const leases = new Map(settings.tiers.map(({ name }) => [name, 0]));
  const held = { cores: 0, memoryGb: 0, storageGb: 0, gpus: 0 };
  for (const { tier, gpus, isRequest } of book.leases.soonest(book.size)) {
    held.cores += tier.vcpu;
    held.memoryGb += tier.memoryGb;
    held.storageGb += tier.storageGb;
    held.gpus += gpus.length;
    if (!isRequest) leases.set(tier.name, (leases.get(tier.name) ?? 0) + 1);
  }
  const backends = fleet.slots.map((slot) => backendFigures(slot, now));
  return { backends, leases, held, sessions: sticky.size };
}

function backendFigures(slot: Slot, now: number): BackendFigures {
  const { registration, report, usage, cores, ledger: { holds } } = slot;
  const gpus = report?.gpus ?? [];
  let vramGb = 0;
  let vramUsedGb = 0;
  for (const { memoryTotalGb, memoryUsedGb } of gpus) {
    vramGb += memoryTotalGb;
    vramUsedGb += Math.min(memoryTotalGb, memoryUsedGb);
  }
  return {
    id: registration.id,
    state: stateOf(slot),
    health: slot.health.kind,
    probeLatencyMs: slot.latencyMs,
    reportAgeMs: report && Math.max(0, now - slot.reportedAt),
    cores: room(cores, cores - usage.cores - holds.vcpu),
    memoryGb: room(usage.memoryTotalGb, usage.memoryFreeGb - holds.memoryGb),
    storageGb: room(
      report?.disk.totalGb ?? 0,
      usage.diskFreeGb - holds.storageGb,
    ),
    gpuMemoryGb: room(vramGb, vramGb - vramUsedGb),
    gpus: gpus.length,
    report,
  };
}

function stateOf(slot: Slot): BackendState {
  if (slot.report === undefined) return "no_report";
  if (!slot.fresh) return "stale";
  if (slot.isDown) return "unhealthy";
  if (slot.isEjected) return "ejected";
  return slot.isDraining ? "draining" : "in_service";
}

function room(total: number, free: number): RoomFigures {
  return { total, free: Math.max(0, free) };
}
