/**
 * What the driver of AMD's cards (amdgpu) tells. Source: Documentation/gpu/amdgpu/{thermal,driver-misc,ras}.rst of the
 * kernel and the DOC comments that they show (amdgpu_pm.c, amdgpu_vram_mgr.c, amdgpu_ras.c).
 *
 * A chip that is both processor and GPU has a part of the machine's memory as its own; that is what is reported.
 * Whether a card is slowed down stands only in gpu_metrics, whose layout differs between chips, so it is not told here;
 * heat is seen by the temperature and its limit.
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
import { numberIn, readLine, rereadLine } from "./sysfs_values.ts";
import type { TextFiles } from "./text_files.ts";

/** Cards tell the mean of their power, the power of the moment, or both; the mean first. */
const SENSORS = {
  power: ["power1_average", "power1_input"],
  energy: [],
  powerLimit: ["power1_cap"],
} as const;

/** One card of AMD's. */
export class AmdGpu implements CardDriver {
  readonly #files: TextFiles;
  readonly #card: DrmCard;
  readonly #sensors: CardSensors;

  constructor(files: TextFiles, card: DrmCard) {
    this.#files = files;
    this.#card = card;
    this.#sensors = new CardSensors(files, `${card.folder}/device`, SENSORS);
  }

  memory(): CardMemory | undefined {
    const totalBytes = this.#number("mem_info_vram_total");
    const usedBytes = this.#number("mem_info_vram_used");
    return totalBytes === undefined || usedBytes === undefined
      ? undefined
      : { totalBytes, usedBytes: Math.min(usedBytes, totalBytes) };
  }

  usedPct(): number | undefined {
    const percent = this.#number("gpu_busy_percent");
    return percent !== undefined && percent <= 100 ? percent : undefined;
  }

  heat(nowMs: number): CardHeat {
    return {
      ...this.#sensors.read(nowMs),
      isThrottled: false,
      throttleReasons: [],
    };
  }

  facts(isAwake: boolean): CardFacts {
    const { vendor, model, address } = this.#card;
    return {
      name: this.#line("product_name") || modelName(vendor, model),
      uuid: this.#line("unique_id") || address,
      powerLimitW: isAwake ? this.#sensors.powerLimitW() : undefined,
      eccErrors: isAwake
        ? uncorrected(this.#line("ras/umc_err_count"))
        : undefined,
    };
  }

  #number(name: string): number | undefined {
    return numberIn(
      rereadLine(this.#files, `${this.#card.folder}/device/${name}`),
    );
  }

  #line(name: string): string | undefined {
    return readLine(this.#files, `${this.#card.folder}/device/${name}`);
  }
}

/** Of "ue: 0" and "ce: 3", the first: errors of the memory controller that could not be corrected. */
export function uncorrected(text: string | undefined): number | undefined {
  return numberIn(/^ue:\s*(\d+)$/m.exec(text ?? "")?.[1]);
}
