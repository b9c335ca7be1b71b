/** Fleets and asks made from a stream of numbers, for property tests and benchmarks: same stream, same fleet. */
import type {
  GpuReading,
  Registration,
  Report,
} from "../../src/engine/backend.ts";
import type {
  BalancerOptions,
  Routing,
} from "../../src/engine/balancer_options.ts";
import {
  ADAPTIVE_DEFAULTS,
  EJECTION_DEFAULTS,
} from "../../src/engine/routing_options.ts";
import { type Tier, tier } from "../../src/engine/tier.ts";

/** A stream of numbers from 0 (included) to 1 (excluded). */
export type Next = () => number;

/** The tiers that a server has when its file names none. */
export const TIERS: readonly Tier[] = tiersOf([
  ["small", 1, 1, 5, 0, 0],
  ["medium", 2, 4, 20, 0, 0],
  ["large", 4, 8, 30, 0, 0],
  ["gpu-inference", 8, 32, 100, 1, 16],
  ["gpu-training", 16, 64, 500, 2, 48],
  ["free", 1, 1, 0, 0, 0],
  ["lite", 1, 1, 5, 0, 0],
  ["pro-standard", 2, 4, 20, 0, 0],
  ["pro-turbo", 4, 8, 30, 0, 0],
  ["pro-max", 8, 16, 40, 0, 0],
]);

/** The adaptive rule as a server has it by default. */
export const ADAPTIVE: Routing = {
  mode: "adaptive",
  options: ADAPTIVE_DEFAULTS,
};

/** Settings as a server has them by default, but for the rule: the documented one, and no chance. */
export const OPTIONS: BalancerOptions = {
  tiers: TIERS,
  routing: { mode: "classic" },
  staleAfterMs: 300_000,
  holdMs: 120_000,
  gpuMaxTemperatureC: 0,
  stickyAffinity: true,
  health: { unhealthyAfter: 3, healthyAfter: 2 },
  ejection: EJECTION_DEFAULTS,
  panic: "fail_open",
  queue: undefined,
  maxBackends: 10_000,
  maxSticky: 100_000,
  chance: () => 0.5,
};

/** Tiers from rows of name, cores, memory, storage, GPUs and VRAM. */
export function tiersOf(
  rows: readonly (readonly [string, number, number, number, number, number])[],
): readonly Tier[] {
  return rows.map(([name, vcpu, memoryGb, storageGb, gpus, gpuMemoryGb]) =>
    tier({ name, vcpu, memoryGb, storageGb, gpus, gpuMemoryGb })
  );
}

/** A seeded stream (mulberry32). */
export function stream(seed: number): Next {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A backend named `b{index}`; one in eight has no known place. */
export function registration(index: number, next: Next): Registration {
  return {
    id: `b${index}`,
    hostname: `host-${index}`,
    publicIp: "",
    localIp: "127.0.0.1",
    place: next() < 0.125 ? undefined : {
      latitude: next() * 180 - 90,
      longitude: next() * 360 - 180,
      country: "",
      city: "",
    },
    totalCores: 24,
    totalMemoryGb: 256,
    totalStorageGb: 2000,
    totalGpus: 0,
    gpuModels: [],
    endpoint: `http://127.0.0.1:${10_000 + index}`,
    endpoints: [],
  };
}

/** A report of a machine with that many cores, randomly busy; one in three has GPUs. */
export function report(cores: number, next: Next): Report {
  const busy = next();
  const memoryTotalGb = 8 + Math.floor(next() * 248);
  const memoryUsedGb = memoryTotalGb * next();
  const diskTotalGb = 100 + Math.floor(next() * 1900);
  const diskUsedGb = diskTotalGb * next();
  return {
    coreUsagePct: Array.from(
      { length: cores },
      () => 100 * Math.min(1, busy * 2 * next()),
    ),
    memory: {
      totalGb: memoryTotalGb,
      usedGb: memoryUsedGb,
      availableGb: memoryTotalGb - memoryUsedGb,
    },
    disk: {
      totalGb: diskTotalGb,
      usedGb: diskUsedGb,
      availableGb: diskTotalGb - diskUsedGb,
    },
    gpus: next() < 1 / 3
      ? Array.from(
        { length: 1 + Math.floor(next() * 4) },
        (_, i) => gpu(i, next),
      )
      : [],
  };
}

function gpu(deviceId: number, next: Next): GpuReading {
  const memoryTotalGb = 24 * (1 + Math.floor(next() * 4));
  return {
    deviceId,
    name: "Card",
    utilizationPct: 100 * next(),
    memoryUsedGb: memoryTotalGb * next() * next(),
    memoryTotalGb,
    temperatureC: 40,
    powerDrawW: 100,
  };
}
