/**
 * What the drivers of Intel's cards (i915, xe) tell. Source: Documentation/ABI/testing/sysfs-driver-intel-{i915,xe}-hwmon
 * of the kernel, the DOC comments of xe_gt_idle.c and xe_gt_throttle.c, i915's gt/intel_gt_sysfs_pm.c.
 *
 * Use is the share of time in which the busiest part of the chip was not asleep. Neither driver tells through files how
 * much memory is taken, but for the builds that Intel supplies to data centres (lmem_*_bytes): elsewhere a card has no
 * memory here, and only tiers that name none can have it.
 */
import { CardSensors } from "./card_sensors.ts";
import type {
  CardDriver,
  CardFacts,
  CardHeat,
  CardMemory,
  DrmCard,
} from "./drm_card.ts";
import { modelName } from "./gpu_models.ts";
import { namesIn, numberIn, rereadLine } from "./sysfs_values.ts";
import type { TextFiles } from "./text_files.ts";

/** Of the card before that of the chip alone; the sustained limit (PL1). */
const SENSORS = {
  power: ["power1_average", "power1_input"],
  energy: ["energy1_input", "energy2_input"],
  powerLimit: ["power1_max", "power2_max"],
} as const;

/** Parts of a chip that are looked at; the largest has two tiles of two. */
const PARTS_MAX = 8;

/** Longer ago than this the card may have slept as a whole, which its parts don't count. */
const GAP_MS_MAX = 5000;

/** Reasons in which heat is the cause. The others are limits of power and current, which a card under load runs into by design. */
const HEAT_REASONS: ReadonlySet<string> = new Set([
  "thermal",
  "prochot",
  "ratl",
  "vr_thermalert",
]);

/** One part of a chip: the files in which it counts its sleep and says what slows it down. */
interface Part {
  readonly idle: string;
  /** Whether anything does. */
  readonly status: string;
  readonly reasons: readonly { readonly name: string; readonly path: string }[];
}

/** One card of Intel's. */
export class IntelGpu implements CardDriver {
  readonly #files: TextFiles;
  readonly #card: DrmCard;
  readonly #sensors: CardSensors;
  readonly #parts: readonly Part[];
  readonly #hasMemory: boolean;
  #before: ReadonlyMap<
    string,
    { readonly idleMs: number; readonly atMs: number }
  > = new Map();

  constructor(files: TextFiles, card: DrmCard) {
    this.#files = files;
    this.#card = card;
    this.#sensors = new CardSensors(files, `${card.folder}/device`, SENSORS);
    this.#parts = partsOf(files, card.folder);
    this.#hasMemory = files.exists(`${card.folder}/lmem_total_bytes`);
  }

  memory(): CardMemory | undefined {
    if (!this.#hasMemory) return { usedBytes: 0, totalBytes: 0 };
    const totalBytes = this.#number(`${this.#card.folder}/lmem_total_bytes`);
    const freeBytes = this.#number(`${this.#card.folder}/lmem_avail_bytes`);
    return totalBytes === undefined || freeBytes === undefined
      ? undefined
      : { totalBytes, usedBytes: Math.max(0, totalBytes - freeBytes) };
  }

  usedPct(nowMs: number): number | undefined {
    const before = this.#before;
    const after = new Map<string, { idleMs: number; atMs: number }>();
    let busiest: number | undefined;
    for (const { idle } of this.#parts) {
      const idleMs = this.#number(idle);
      // A chip that never slept since it was started is one whose counter does not run.
      if (idleMs === undefined || idleMs === 0) continue;
      after.set(idle, { idleMs, atMs: nowMs });
      const use = usedPct(before.get(idle), idleMs, nowMs);
      if (use !== undefined) busiest = Math.max(busiest ?? 0, use);
    }
    this.#before = after;
    return busiest;
  }

  heat(nowMs: number): CardHeat {
    const reasons = new Set<string>();
    for (const part of this.#parts) {
      if (part.reasons.length === 0 || this.#number(part.status) !== 1) {
        continue;
      }
      for (const { name, path } of part.reasons) {
        if (this.#number(path) === 1) reasons.add(name);
      }
    }
    const throttleReasons = [...reasons];
    return {
      ...this.#sensors.read(nowMs),
      isThrottled: throttleReasons.some((name) => HEAT_REASONS.has(name)),
      throttleReasons,
    };
  }

  facts(isAwake: boolean): CardFacts {
    const { vendor, model, address } = this.#card;
    return {
      name: modelName(vendor, model),
      uuid: address,
      powerLimitW: isAwake ? this.#sensors.powerLimitW() : undefined,
      eccErrors: undefined,
    };
  }

  #number(path: string): number | undefined {
    return numberIn(rereadLine(this.#files, path));
  }
}

/** Those of i915, else those of xe; before Linux 5.17 i915 told of one only, elsewhere. */
function partsOf(files: TextFiles, folder: string): Part[] {
  const device = `${folder}/device`;
  const parts = [
    ...namesIn(`${folder}/gt`, /^gt\d+$/).map((gt) =>
      part(
        `${folder}/gt/${gt}/rc6_residency_ms`,
        `${folder}/gt/${gt}`,
        "throttle_reason_status",
        /^throttle_reason_\w+$/,
      )
    ),
    ...namesIn(device, /^tile\d+$/).flatMap((tile) =>
      namesIn(`${device}/${tile}`, /^gt\d+$/).map((gt) =>
        part(
          `${device}/${tile}/${gt}/gtidle/idle_residency_ms`,
          `${device}/${tile}/${gt}/freq0/throttle`,
          "status",
          /^reason_\w+$/,
        )
      )
    ),
  ].slice(0, PARTS_MAX);
  const idle = `${folder}/power/rc6_residency_ms`;
  return parts.length === 0 && files.exists(idle)
    ? [{ idle, status: "", reasons: [] }]
    : parts;
}

function part(
  idle: string,
  folder: string,
  statusFile: string,
  reasonFile: RegExp,
): Part {
  return {
    idle,
    status: `${folder}/${statusFile}`,
    reasons: namesIn(folder, reasonFile).filter((file) => file !== statusFile)
      .map((file) => ({
        name: file.replace(/^(?:throttle_)?reason_/, ""),
        path: `${folder}/${file}`,
      })),
  };
}

/** A counter that went back, as that of i915 does after 49 days, says nothing this time. */
function usedPct(
  before: { readonly idleMs: number; readonly atMs: number } | undefined,
  idleMs: number,
  nowMs: number,
): number | undefined {
  if (before === undefined || idleMs < before.idleMs) return undefined;
  const elapsedMs = nowMs - before.atMs;
  if (!(elapsedMs > 0 && elapsedMs <= GAP_MS_MAX)) return undefined;
  const idle = (idleMs - before.idleMs) / elapsedMs;
  return 100 * (1 - Math.min(1, idle));
}
