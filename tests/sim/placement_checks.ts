/** What must hold of a new booking at its instant, in arithmetic of its own from the last report and the world's books. */
import type { Report } from "../../src/engine/backend.ts";
import { type Backend, type Promised, sumOf } from "./books.ts";
import type { Settings } from "./settings.ts";
import { hold } from "./violation.ts";

/** Sums of floating figures may differ by so much. */
const SLACK = 1e-6;
/** A core used more is not free by the documented rule, percent. */
const BUSY_PCT = 80;

/** A new booking and what it stands on; `others` are the live promises on the backend without it. */
export interface Booking {
  readonly backend: Backend;
  readonly promised: Promised;
  readonly others: readonly Promised[];
  readonly isExcluded: boolean;
  /** Whether probes are not believed. */
  readonly isOpen: boolean;
  readonly at: number;
  readonly settings: Settings;
}

/** Throws when the booking should not have been made. */
export function checkBooking(booking: Booking): void {
  const { backend, at, settings, promised } = booking;
  const { report } = backend;
  const name =
    `lease ${promised.id} of ${promised.tier.name} on ${promised.backendId}`;
  const ageMs = at - backend.reportedAt;
  hold(
    "stale",
    report !== undefined && ageMs <= settings.options.staleAfterMs,
    () => `${name}, whose last report is ${ageMs / 1000} s old`,
  );
  const lack = lackOf(booking, report);
  hold("shortfall", lack === undefined, () => `${name}: ${lack}`);
  const twice = cardsLack(booking, report);
  hold("cards", twice === undefined, () => `${name}: ${twice}`);
}

function lackOf(booking: Booking, report: Report): string | undefined {
  const { backend, promised: { tier }, isExcluded, isOpen, settings } = booking;
  if (backend.isUnhealthy && !isOpen) return "it is unhealthy";
  if (backend.isEjected) return "it is ejected";
  if (backend.isDraining) return "it is being drained";
  if (isExcluded) return "it is excluded";
  const room = settings.mode === "classic"
    ? classicRoom(booking, report)
    : adaptiveRoom(booking, report);
  const needs = {
    cores: tier.vcpu,
    memoryGb: tier.memoryGb,
    storageGb: tier.storageGb,
  };
  const totals = {
    cores: report.coreUsagePct.length,
    memoryGb: report.memory.totalGb,
    storageGb: report.disk.totalGb,
  };
  for (const kind of ["cores", "memoryGb", "storageGb"] as const) {
    const have = Math.min(room[kind], totals[kind]);
    if (have + SLACK < needs[kind]) {
      return `${needs[kind]} ${kind} wanted, at most ${have} there`;
    }
  }
  return undefined;
}

/** What averages leave beside all leases; a request without cards may be placed beside other requests. */
function classicRoom({ others, promised }: Booking, report: Report) {
  const isBeside = promised.isSingle && promised.tier.gpus === 0;
  const held = sumOf(isBeside ? others.filter((one) => !one.isSingle) : others);
  const free = report.coreUsagePct.filter((use) => use < BUSY_PCT).length;
  return {
    cores: free - held.vcpu,
    memoryGb: report.memory.availableGb - held.memoryGb,
    storageGb: report.disk.availableGb - held.storageGb,
  };
}

/**
 * The most that the last report can leave: promises that nobody confirmed count in full, what began since the report in
 * the expected share. Where only long averages are known, use counts as nothing: what is recovered from them is not
 * computed again here.
 */
function adaptiveRoom(
  { others, promised, backend, settings }: Booking,
  report: Report,
) {
  const { routing } = settings.options;
  const memoryShare = routing.mode === "adaptive"
    ? routing.options.ledger.memoryShare
    : 1;
  const sessions = others.filter((one) => !one.isSingle);
  const holds = sumOf(sessions.filter((one) => one.startedAt === undefined));
  const begun = sumOf(
    sessions.filter((one) => (one.startedAt ?? -1) >= backend.reportedAt),
  );
  const singles = sumOf(others.filter((one) => one.isSingle));
  const newGb = promised.isSingle
    ? 0
    : Math.max(0, singles.memoryGb - backend.shown.memoryGb);
  const { memory, disk, shortWindow } = report;
  const memoryUsedGb = shortWindow?.memoryUsedGb ?? 0;
  const diskUsedGb = shortWindow?.diskUsedGb ?? 0;
  return {
    cores: report.coreUsagePct.length - holds.vcpu - begun.vcpu,
    memoryGb: memory.totalGb - memoryUsedGb - holds.memoryGb -
      memoryShare * (begun.memoryGb + newGb),
    storageGb: disk.totalGb - diskUsedGb - holds.storageGb - begun.storageGb,
  };
}

function cardsLack(
  { others, promised, settings }: Booking,
  report: Report,
): string | undefined {
  const { gpus, tier } = promised;
  if (new Set(gpus).size !== tier.gpus || gpus.length !== tier.gpus) {
    return `${tier.gpus} cards wanted, got [${gpus}]`;
  }
  const { routing } = settings.options;
  const shown = report.shortWindow?.gpus ?? report.gpus;
  for (const id of gpus) {
    const reading = (routing.mode === "classic" ? report.gpus : shown)
      .find(({ deviceId }) => deviceId === id);
    if (reading === undefined) return `it has no card ${id}`;
    const sharers = others.filter((one) => one.gpus.includes(id));
    const isJudged = routing.mode === "classic" ||
      report.shortWindow !== undefined;
    let freeGb = reading.memoryTotalGb - (isJudged ? reading.memoryUsedGb : 0);
    if (routing.mode === "adaptive") {
      const unseen = sharers.find((one) => !one.isShown);
      if (unseen !== undefined) return `card ${id} is lease ${unseen.id}'s`;
      if (isJudged && reading.utilizationPct >= routing.options.gpuBusyPct) {
        return `card ${id} is busy`;
      }
    } else {
      for (const { id: other, tier: taken } of sharers) {
        if (taken.gpuMemoryGb === 0 || tier.gpuMemoryGb === 0) {
          return `card ${id} is lease ${other}'s`;
        }
        freeGb -= taken.gpuMemoryGb;
      }
    }
    if (freeGb + SLACK < tier.gpuMemoryGb) {
      return `card ${id} has ${freeGb} GB, ${tier.gpuMemoryGb} wanted`;
    }
  }
  return undefined;
}
