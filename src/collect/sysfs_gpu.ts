/**
 * GPUs of AMD and Intel, from what their drivers show under /sys; NVIDIA's are read through NVML. Owns the list of cards
 * and what is known of each, bounded by the number of cards that are looked at.
 *
 * Every second use and memory are read, temperature and power every few seconds because each such file is a question to
 * the card itself. A card that sleeps is left asleep: its memory is told from the driver's own account, its use is 0,
 * its temperature and power aren't known. One that may fall asleep is let.
 *
 * Device ids: 0, 1, … in the order of the PCI addresses, as HIP_VISIBLE_DEVICES and ZE_AFFINITY_MASK count them. On a
 * machine with GPUs of several makers AMD's begin at 100 and Intel's at 200, so that none has the id of another.
 */
import { AmdGpu } from "./amd_gpu.ts";
import { CardRest } from "./card_rest.ts";
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
  readonly rest: CardRest;
  heat: CardHeat | undefined;
  /** Whether its heat is from before it rested. */
  isHeatOld: boolean;
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
      const rest = known?.rest ?? new CardRest();
      const { heat, isHeatOld = false } = known ?? {};
      return { card, driver, facts, rest, heat, isHeatOld };
    });
    const vendors = new Set(this.#cards.map(({ card }) => card.vendor));
    // Servers have hundreds of devices on the bus, and those without a card need not look at them.
    this.#areMixed = vendors.size > 0 &&
      displayVendors(files, sysRoot).union(vendors).size > 1;
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
    const usedPct = this.#look(known, memory.usedBytes, isHeatDue, now);
    return {
      deviceId,
      vendor: card.vendor,
      usedPct,
      memoryUsedBytes: memory.usedBytes,
      memoryTotalBytes: memory.totalBytes,
      ...(known.heat ?? NO_HEAT),
      ...facts,
      computeMode: undefined,
      isSlice: false,
    };
  }

  /** Asks the card itself, unless it sleeps or rests; its use. */
  #look(
    known: Known,
    usedBytes: number,
    isHeatDue: boolean,
    now: number,
  ): number | undefined {
    const { card, driver, rest } = known;
    if (this.#isAsleep(card)) {
      rest.end();
      known.heat = undefined;
      return 0;
    }
    if (rest.isResting(usedBytes, now)) {
      known.isHeatOld = true;
      return 0;
    }
    if (isHeatDue || known.isHeatOld || known.heat === undefined) {
      known.heat = driver.heat(now);
      known.isHeatOld = false;
    }
    const usedPct = driver.usedPct(now);
    rest.found(usedPct, now, () => this.#maySleep(card));
    return usedPct;
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

  #maySleep({ folder }: DrmCard): boolean {
    const path = `${folder}/device/power/control`;
    return rereadLine(this.#options.files, path) === "auto";
  }
}

function keyOf({ folder, address, model }: DrmCard): string {
  return `${folder} ${address} ${model}`;
}
