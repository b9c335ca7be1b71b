/**
 * The documented algorithm written plainly: every candidate is filtered and scored from its registration and report at
 * each ask, with its cores copied and sorted. The engine must choose the same backend; benchmarks use it as baseline.
 */
import type { Registration, Report } from "../../src/engine/backend.ts";
import { distanceKm } from "../../src/engine/distance.ts";
import type { Tier } from "../../src/engine/tier.ts";

/** What one placement took of a backend. */
export interface NaiveHold {
  readonly tier: Tier;
  readonly gpus: readonly number[];
  readonly expiresAt: number;
}

/** One backend as plainly as can be. */
export interface NaiveBackend {
  readonly registration: Registration;
  report: Report;
  reportedAt: number;
  unhealthy: boolean;
  latencyMs: number;
  holds: NaiveHold[];
}

/** Where the caller is, or undefined. */
export type NaiveCaller =
  | { readonly latitude: number; readonly longitude: number }
  | undefined;

/** The backend that the documented rule picks, or undefined. */
export function naivePick(
  backends: readonly NaiveBackend[],
  tier: Tier,
  caller: NaiveCaller,
  now: number,
  staleAfterMs: number,
): NaiveBackend | undefined {
  let best: NaiveBackend | undefined;
  let bestScore = Infinity;
  for (const backend of backends) {
    if (backend.unhealthy) continue;
    if (now - backend.reportedAt > staleAfterMs) continue;
    const live = backend.holds.filter((hold) => hold.expiresAt > now);
    if (!hasRoom(backend.report, live, tier)) continue;
    const score = scoreOf(backend, tier, caller);
    if (score < bestScore) {
      bestScore = score;
      best = backend;
    }
  }
  return best;
}

/** Books the tier on the backend, on the fullest cards that still have room. */
export function naiveBook(
  backend: NaiveBackend,
  tier: Tier,
  now: number,
  holdMs: number,
): void {
  backend.holds = backend.holds.filter((hold) => hold.expiresAt > now);
  const gpus = backend.report.gpus
    .map((card) => ({ id: card.deviceId, room: vramRoom(card, backend.holds) }))
    .filter(({ room }) => room >= tier.gpuMemoryGb)
    .sort((a, b) => a.room - b.room || a.id - b.id)
    .slice(0, tier.gpus)
    .map(({ id }) => id);
  backend.holds.push({ tier, gpus, expiresAt: now + holdMs });
}

function hasRoom(report: Report, live: readonly NaiveHold[], tier: Tier) {
  const held = (size: (tier: Tier) => number) =>
    live.reduce((sum, hold) => sum + size(hold.tier), 0);
  const freeCores = report.coreUsagePct.filter((use) => use < 80).length;
  if (freeCores - held((t) => t.vcpu) < tier.vcpu) return false;
  if (report.memory.availableGb - held((t) => t.memoryGb) < tier.memoryGb) {
    return false;
  }
  if (report.disk.availableGb - held((t) => t.storageGb) < tier.storageGb) {
    return false;
  }
  const cards = report.gpus.filter((card) =>
    vramRoom(card, live) >= tier.gpuMemoryGb
  );
  return cards.length >= tier.gpus;
}

function vramRoom(
  card: Report["gpus"][number],
  live: readonly NaiveHold[],
): number {
  const held = live.filter((hold) => hold.gpus.includes(card.deviceId))
    .reduce((sum, hold) => sum + hold.tier.gpuMemoryGb, 0);
  return card.memoryTotalGb - card.memoryUsedGb - held;
}

function scoreOf(backend: NaiveBackend, tier: Tier, caller: NaiveCaller) {
  const { report, registration } = backend;
  const cores = [...report.coreUsagePct].sort((a, b) => a - b);
  const cpu = cores.slice(0, tier.vcpu).reduce((sum, use) => sum + use, 0) /
    tier.vcpu;
  const memory = report.memory.usedGb / report.memory.totalGb * 100;
  const gpu = tier.gpus > 0
    ? report.gpus.reduce((sum, card) => sum + card.utilizationPct, 0) /
      report.gpus.length
    : 0;
  const distance = caller !== undefined && registration.place !== undefined
    ? distanceKm(caller, registration.place)
    : 0;
  return distance + cpu + memory + 1.5 * gpu + backend.latencyMs;
}
