/**
 * The simulated GPUs of one machine: it writes the files under /sys that AMD's driver would show for them, and sessions
 * take memory and use on the cards that they were given. The real collector reads those files. Owns no state but the
 * folders of the cards.
 */
import { replaceFile } from "./replace_file.ts";

/** What a simulated GPU is like. */
export interface GpuShape {
  /** AMD's number of the model. */
  readonly model: string;
  readonly vramGb: number;
  readonly powerLimitW: number;
}

/** What one session takes of GPUs. */
export interface GpuLoad {
  /** Device ids of the cards it was given. */
  readonly gpus: readonly number[];
  /** Memory that it asked for on each of them. */
  readonly gpuMemoryGb: number;
}

const BYTES_PER_GB = 2 ** 30;
/** Share of its VRAM that a session really fills. */
const SESSION_VRAM_SHARE = 0.9;
/** Use of a card by one session, percent, and how far it goes up and down. */
const SESSION_USE_PCT = 80;
const SESSION_SPREAD_PCT = 15;
/** An idle card's own memory and power. */
const IDLE_GB = 0.25;
const IDLE_W = 20;
/** An idle card's temperature, that of one in full use, and where it would slow down. */
const IDLE_C = 38;
const BUSY_C = 79;
const LIMIT_C = 100;

/** The cards of one machine. */
export class SimulatedGpus {
  readonly #shapes: readonly GpuShape[];
  readonly #folder: string;
  readonly #chance: () => number;

  /** Creates the folders below `sysRoot` and writes what holds as long as the machine runs. */
  constructor(
    shapes: readonly GpuShape[],
    sysRoot: string,
    chance: () => number,
  ) {
    this.#shapes = shapes;
    this.#folder = `${sysRoot}/class/drm`;
    this.#chance = chance;
    shapes.forEach((shape, index) => {
      Deno.mkdirSync(`${this.#folder}/card${index}/device/hwmon/hwmon0`, {
        recursive: true,
      });
      // Cards are numbered in the order of their addresses.
      const bus = (index + 1).toString(16).padStart(2, "0");
      this.#write(index, {
        vendor: "0x1002",
        device: shape.model,
        uevent: `DRIVER=amdgpu\nPCI_SLOT_NAME=0000:${bus}:00.0`,
        mem_info_vram_total: shape.vramGb * BYTES_PER_GB,
        "hwmon/hwmon0/temp1_crit": LIMIT_C * 1000,
        "hwmon/hwmon0/power1_cap": shape.powerLimitW * 1e6,
      });
    });
    this.show([]);
  }

  /** Writes what the cards show while these sessions run. */
  show(loads: readonly GpuLoad[]): void {
    this.#shapes.forEach((shape, index) => {
      const here = loads.filter(({ gpus }) => gpus.includes(index));
      const usePct = here.length === 0 ? 0 : Math.min(
        100,
        SESSION_USE_PCT + SESSION_SPREAD_PCT * (2 * this.#chance() - 1),
      );
      // Who names no VRAM has the card to itself.
      const takenGb = here.reduce(
        (sum, { gpuMemoryGb }) =>
          sum + SESSION_VRAM_SHARE * (gpuMemoryGb || shape.vramGb),
        IDLE_GB,
      );
      const share = usePct / 100;
      this.#write(index, {
        gpu_busy_percent: usePct,
        mem_info_vram_used: Math.min(takenGb, shape.vramGb) * BYTES_PER_GB,
        "hwmon/hwmon0/temp1_input": 1000 *
          (IDLE_C + share * (BUSY_C - IDLE_C)),
        "hwmon/hwmon0/power1_average": 1e6 *
          (IDLE_W + share * (shape.powerLimitW - IDLE_W)),
      });
    });
  }

  #write(index: number, files: Record<string, string | number>): void {
    for (const [name, value] of Object.entries(files)) {
      const text = typeof value === "number" ? Math.round(value) : value;
      replaceFile(`${this.#folder}/card${index}/device/${name}`, `${text}\n`);
    }
  }
}
