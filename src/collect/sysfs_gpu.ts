/**
 * GPUs of AMD and Intel, from what their drivers show under /sys; NVIDIA's are read through NVML. Owns the list of cards
 * and what is known of each, bounded by the number of cards that are looked at.
 *
 * Every second use and memory are read, temperature and power every few seconds because each such file is a question to
 * the card itself. A card that sleeps is left asleep: its memory is told from the driver's own account, its use is 0,
 * its temperature and power aren't known.
 *
 * Device ids: 0, 1, … in the order of the PCI addresses, as HIP_VISIBLE_DEVICES and ZE_AFFINITY_MASK count them. On a
 * machine with GPUs of several makers AMD's begin at 100 and Intel's at 200, so that none has the id of another.
 */
import { AmdGpu } from "./amd_gpu.ts";
import {
  type CardDriver,
  type CardFacts,
  type CardHeat,
  type DrmCard,
  drmCards,
  NO_HEAT,
} from "./drm_card.ts";
import type { GpuSample } from "./gpu_sample.ts";
import { IntelGpu } from "./intel_gpu.ts";
import { displayVendors } from "./pci_display.ts";
import { type Collector, present, type Reading } from "./reading.ts";
import { rereadLine } from "./sysfs_values.ts";
import type { TextFiles } from "./text_files.ts";

/** Cards come, are set up anew, and change what they are called by hand, so rarely that a minute is soon enough. */
const SCAN_MS = 60_000;
/** How many collections share one reading of temperature and power. */
const COLLECTIONS_PER_HEAT = 5;

const DRIVERS = { amd: AmdGpu, intel: IntelGpu } as const;

/** First device ids on a machine with GPUs of several makers. NVML's begin at 0, and those of MIG's slices at 1000. */
const FIRST_IDS = { amd: 100, intel: 200 } as const;

/** Where to read from. */
export interface SysfsGpuOptions {
  readonly files: TextFiles;
  /** "/sys", or a tree that looks like it. */
  readonly sysRoot: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** One card and what is known of it. */
interface Known {
  readonly card: DrmCard;
  readonly driver: CardDriver;
  readonly facts: CardFacts;
  heat: CardHeat | undefined;
}

/** Reads all cards of AMD and Intel. */
export class SysfsGpuCollector implements Collector<readonly GpuSample[]> {
  readonly #options: SysfsGpuOptions;
  #cards: readonly Known[] = [];
  #areMixed = false;
  #scannedAtMs = -Infinity;
  #collections = 0;

  constructor(options: SysfsGpuOptions) {
    this.#options = options;
  }

  collect(): Reading<readonly GpuSample[]> {
    const now = this.#options.now();
    const left = this.#cards.filter(({ card }) => this.#isThere(card));
    if (
      left.length < this.#cards.length || now - this.#scannedAtMs >= SCAN_MS
    ) {
      this.#forget(left);
      this.#scan(now);
    }
    this.#collections++;
    const counts = { amd: 0, intel: 0 };
    return present(
      this.#cards.map((known, index) => {
        const { vendor } = known.card;
        const deviceId = (this.#areMixed ? FIRST_IDS[vendor] : 0) +
          counts[vendor]++;
        const isHeatDue = (this.#collections + index) %
            COLLECTIONS_PER_HEAT === 0;
        return this.#sample(known, deviceId, isHeatDue, now);
      }).filter((sample) => sample !== undefined),
    );
  }

  /** A card that is gone may come back under the same name. */
  #forget(left: readonly Known[]): void {
    for (const known of this.#cards) {
      if (left.includes(known)) continue;
      this.#options.files.forget(known.card.folder);
    }
    this.#cards = left;
  }

  #scan(now: number): void {
    const { files, sysRoot } = this.#options;
    const before = new Map(
      this.#cards.map((known) => [keyOf(known.card), known]),
    );
    this.#cards = drmCards(files, sysRoot).map((card) => {
      const known = before.get(keyOf(card));
      const driver = known?.driver ?? new DRIVERS[card.vendor](files, card);
      const isAwake = !this.#isAsleep(card);
      const facts = isAwake || known === undefined
        ? driver.facts(isAwake)
        : known.facts;
      return { card, driver, facts, heat: known?.heat };
    });
    const vendors = new Set(this.#cards.map(({ card }) => card.vendor));
    this.#areMixed = displayVendors(sysRoot).union(vendors).size > 1;
    this.#scannedAtMs = now;
  }

  #sample(
    known: Known,
    deviceId: number,
    isHeatDue: boolean,
    now: number,
  ): GpuSample | undefined {
    const { card, driver, facts } = known;
    const memory = driver.memory();
    if (memory === undefined) return undefined;
    const isAsleep = this.#isAsleep(card);
    if (isAsleep) known.heat = undefined;
    else if (isHeatDue || known.heat === undefined) {
      known.heat = driver.heat(now);
    }
    return {
      deviceId,
      vendor: card.vendor,
      usedPct: isAsleep ? 0 : driver.usedPct(now),
      memoryUsedBytes: memory.usedBytes,
      memoryTotalBytes: memory.totalBytes,
      ...(known.heat ?? NO_HEAT),
      ...facts,
      computeMode: undefined,
      isSlice: false,
    };
  }

  /** Not by a file that is kept open: those of the device outlive the driver that made a card of it. */
  #isThere({ folder }: DrmCard): boolean {
    return this.#options.files.exists(`${folder}/device`);
  }

  /** Runtime power management (Documentation/power/runtime_pm.rst). A card on its way to sleep would be called back. */
  #isAsleep({ folder }: DrmCard): boolean {
    const path = `${folder}/device/power/runtime_status`;
    const status = rereadLine(this.#options.files, path);
    return status === "suspended" || status === "suspending";
  }
}

function keyOf({ folder, address, model }: DrmCard): string {
  return `${folder} ${address} ${model}`;
}
