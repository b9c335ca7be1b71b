/** What the machines of a room world are like and report, what is asked of them, and how requests to them end. */
import type { Report } from "../../src/engine/backend.ts";
import type { Ask } from "../../src/engine/decision.ts";
import type { Outcome } from "../../src/engine/ejection.ts";
import type { AdaptiveOptions } from "../../src/engine/routing_options.ts";
import { type Tier, tier } from "../../src/engine/tier.ts";
import type { Next } from "./fleets.ts";
import { reported } from "./machines.ts";
import type { Shares } from "./room_model.ts";

/** Cores of each machine. */
export const CORES = 12;
/** Window of those that send a short one beside their averages, seconds. */
export const SHORT_SECONDS = 80;
/** Window of those that send averages alone, seconds. */
export const PLAIN_SECONDS = 5;
const MEMORY_GB = 48;
const DISK_GB = 1000;
const CARD_GB = 24;
const CARDS = 3;

/** Needs that no binary fraction hits exactly, so that sloppy sums would show; the last one takes a machine whole. */
export const TIERS: readonly Tier[] = [
  ["tenth", 1, 0.1, 0.3, 0, 0, 0],
  ["third", 3, 10 / 3, 0.7, 0, 0, 0],
  ["large", 8, 30.1, 700, 0, 0, 3],
  ["card", 1, 0.2, 0, 1, 7.7, 0],
  ["cards", 2, 0.2, 0, 2, 3.3, 1],
  ["whole card", 1, 0.2, 0, 1, 0, 0],
  ["machine", CORES, MEMORY_GB, DISK_GB, CARDS, CARD_GB, 0],
].map((row) => {
  const [name, vcpu, memoryGb, storageGb, gpus, gpuMemoryGb, priority] =
    row as [string, number, number, number, number, number, number];
  return tier({
    name,
    vcpu,
    memoryGb,
    storageGb,
    gpus,
    gpuMemoryGb,
    priority,
  });
});

/** A machine that is used more or less, and whose last card is not always there. */
export function reportOf(next: Next): Report {
  const cards = next() < 0.8 ? CARDS : CARDS - 1;
  const isIdle = next() < 0.4;
  const some = () => isIdle ? 0 : next();
  return reported({
    cores: CORES,
    cpuPct: 100 * some() * next(),
    memoryTotalGb: MEMORY_GB,
    memoryFreeGb: MEMORY_GB * (1 - some() * next()),
    diskFreeGb: DISK_GB * (1 - some() * next()),
    gpus: Array.from(
      { length: cards },
      () => [70 * some(), CARD_GB, CARD_GB * some() * next()],
    ),
  });
}

/** With a short window that tells the truth beside averages that don't, or as averages over a window that is short. */
export function sentBy(sendsShort: boolean, report: Report): Report {
  if (!sendsShort) {
    return {
      ...report,
      windowSeconds: PLAIN_SECONDS,
      windowFilledSeconds: PLAIN_SECONDS,
    };
  }
  const { coreUsagePct, memory, disk, gpus } = report;
  const stale = { totalGb: 0, usedGb: 0, availableGb: 0 };
  const half = (room: typeof stale) => ({
    ...room,
    usedGb: room.totalGb / 2,
    availableGb: room.totalGb / 2,
  });
  return {
    coreUsagePct: coreUsagePct.map(() => 50),
    memory: half(memory),
    disk: half(disk),
    gpus: gpus.map((gpu) => ({ ...gpu, utilizationPct: 10 })),
    windowSeconds: 900,
    windowFilledSeconds: 900,
    shortWindow: {
      seconds: SHORT_SECONDS,
      coreUsagePct,
      memoryUsedGb: memory.usedGb,
      diskUsedGb: disk.usedGb,
      gpus,
    },
  };
}

/** What promises are taken to use under these settings. */
export function sharesOf(options: AdaptiveOptions): Shares {
  const { ledger, headroom, gpuBusyPct } = options;
  return {
    cpu: ledger.cpuShare,
    memory: ledger.memoryShare,
    settleMs: ledger.settleMs,
    fitCpu: headroom.fitCpuShare,
    gpuBusyPct,
  };
}

/** An ask of any kind: of a session or none, one request or not, named or not. */
export function askOf(who: number, what: number): Ask {
  const isRequest = who % 2 > 0;
  return {
    tier: TIERS[what % (TIERS.length - 1)]!.name,
    isRequest,
    stickyId: who % 3 > 0 ? `s${what % 8}` : undefined,
    idempotencyKey: !isRequest && who % 7 === 0 ? `k${what % 3}` : undefined,
    exclude: who % 11 === 0 ? new Set(["b0"]) : undefined,
  };
}

/** How a request ends; failures are common enough for ejections. */
export function outcomeOf(what: number): Outcome {
  const outcomes: readonly Outcome[] = [
    { kind: "answered", answerMs: what },
    { kind: "failed", answerMs: what },
    { kind: "failed", answerMs: what },
    { kind: "timed_out", timeoutMs: 10_000 },
    { kind: "abandoned" },
  ];
  return outcomes[what % outcomes.length]!;
}
