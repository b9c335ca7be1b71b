/** What one world is like: drawn from its seed, so that every seed is another fleet under other rules. */
import type { Place } from "../../src/engine/backend.ts";
import type {
  BalancerOptions,
  Routing,
} from "../../src/engine/balancer_options.ts";
import {
  ADAPTIVE_DEFAULTS,
  EJECTION_DEFAULTS,
} from "../../src/engine/routing_options.ts";
import { type Tier, tier, type TierNeeds } from "../../src/engine/tier.ts";
import { Chance } from "../fuzz/chance.ts";

/** The rule that decides. */
export type Mode = Routing["mode"];

/** How a machine's client reports: as ours does, as an older one, or as one that says nothing of its window. */
export type ClientStyle = "own" | "old" | "plain";

/** One machine. */
export interface MachineKind {
  readonly cores: number;
  readonly memoryGb: number;
  readonly diskGb: number;
  /** VRAM of each card, GB. */
  readonly cardsGb: readonly number[];
  readonly style: ClientStyle;
  readonly reportEveryMs: number;
  readonly place: Place | undefined;
}

/** One world. */
export interface Settings {
  readonly seed: number;
  readonly mode: Mode;
  /** How long the world lives, milliseconds. */
  readonly lifeMs: number;
  /** What each balancer of this world is built with; the world adds chance, numbers and listeners. */
  readonly options: Omit<
    BalancerOptions,
    "chance" | "firstLeaseId" | "onForgotten" | "onLeaseEnded" | "onEvent"
  >;
  /** Backends not heard of for longer are forgotten, milliseconds. */
  readonly silentForMs: number;
  readonly machines: readonly MachineKind[];
  /** Sessions and single requests that begin in an hour. */
  readonly perHour: { readonly sessions: number; readonly requests: number };
  /** One in so many reports is a machine's last for a while, and as many are followed by other changes of it. */
  readonly reportsPerChange: number;
  /** Mean time between two deaths of the server, milliseconds; Infinity for none. */
  readonly killEveryMs: number;
}

const HOUR_MS = 3_600_000;

/** Needs that no binary fraction hits exactly, so that sloppy sums would show. */
const NEEDS: readonly TierNeeds[] = [
  need("tiny", 1, 0.1, 0.3, 0, 0, 0),
  need("small", 1, 1, 5, 0, 0, 0),
  need("medium", 2, 4.1, 20, 0, 0, 0),
  need("large", 4, 8, 30.7, 0, 0, 3),
  need("card", 1, 2.2, 10, 1, 7.7, 0),
  need("cards", 2, 4, 20, 2, 3.3, 5),
  need("whole", 1, 0.2, 1, 1, 0, 0),
];

/** The world of a seed. */
export function settingsOf(
  seed: number,
  lifeMs: number,
  mode?: Mode,
): Settings {
  const chance = new Chance(seed);
  const drawn = chance.oneOf(["adaptive", "classic"] as const);
  const decides = mode ?? drawn;
  const staleAfterMs = chance.oneOf([90_000, 180_000, 300_000]);
  const busyness = chance.oneOf([0.3, 1, 1, 2, 4]);
  return {
    seed,
    mode: decides,
    lifeMs,
    options: {
      tiers: tiersOf(chance),
      routing: routingOf(decides, chance),
      staleAfterMs,
      holdMs: chance.oneOf([30_000, 120_000]),
      gpuMaxTemperatureC: 0,
      stickyAffinity: chance.below(2) === 0,
      health: chance.oneOf([
        { unhealthyAfter: 3, healthyAfter: 2 },
        { unhealthyAfter: 1, healthyAfter: 1 },
      ]),
      ejection: chance.below(4) === 0 ? undefined : EJECTION_DEFAULTS,
      panic: seed % 2 === 0 ? "fail_open" : "fail_closed",
      queue: chance.below(2) === 0 ? undefined : {
        lengthMax: chance.oneOf([2, 8, 50]),
        waitMsMax: chance.oneOf([5000, 30_000, 120_000]),
      },
      maxBackends: chance.oneOf([4, 100]),
      maxSticky: chance.oneOf([5, 1000]),
    },
    silentForMs: 3 * staleAfterMs,
    machines: Array.from(
      { length: 1 + chance.below(8) },
      () => machineKind(chance),
    ),
    perHour: {
      sessions: 60 * busyness,
      requests: chance.oneOf([60, 300, 2000]),
    },
    reportsPerChange: chance.oneOf([60, 500, 500]),
    killEveryMs: chance.oneOf([Infinity, 0.7 * HOUR_MS, 2 * HOUR_MS]),
  };
}

function need(
  name: string,
  vcpu: number,
  memoryGb: number,
  storageGb: number,
  gpus: number,
  gpuMemoryGb: number,
  priority: number,
): TierNeeds {
  return { name, vcpu, memoryGb, storageGb, gpus, gpuMemoryGb, priority };
}

function tiersOf(chance: Chance): readonly Tier[] {
  const some = NEEDS.filter(() => chance.below(3) > 0);
  return (some.length === 0 ? NEEDS : some).map(tier);
}

function routingOf(mode: Mode, chance: Chance): Routing {
  const { headroom } = ADAPTIVE_DEFAULTS;
  const guard = chance.oneOf(["penalty", "prefer", "strict", "off"] as const);
  const peers = chance.oneOf([1, 1, 2]);
  if (mode === "classic") return { mode };
  return {
    mode,
    options: { ...ADAPTIVE_DEFAULTS, peers, headroom: { ...headroom, guard } },
  };
}

function machineKind(chance: Chance): MachineKind {
  return {
    cores: chance.oneOf([2, 4, 8, 16, 24]),
    memoryGb: chance.oneOf([4, 8, 31.3, 64]),
    diskGb: chance.oneOf([50, 200, 1000]),
    cardsGb: cardsOf(chance),
    style: chance.oneOf(["own", "own", "old", "plain"]),
    reportEveryMs: chance.oneOf([5000, 15_000, 30_000, 60_000]),
    place: placeOf(chance),
  };
}

/** The cards of a machine, of any size. */
export function cardsOf(chance: Chance): readonly number[] {
  const count = chance.below(2) === 0 ? 0 : 1 + chance.below(4);
  return Array.from({ length: count }, () => chance.oneOf([8, 24, 47.5]));
}

/** Somewhere on Earth, or nowhere that is known. */
export function placeOf(chance: Chance): Place | undefined {
  if (chance.below(4) === 0) return undefined;
  const latitude = chance.below(180) - 90;
  const longitude = chance.below(360) - 180;
  return { latitude, longitude, country: "", city: "" };
}
