/**
 * NVIDIA's library from one opening to the next. Owns the opened library and when it is tried again; bounded by one opened
 * library and one call that hangs: while that is out nothing else is begun, because each would take a thread for good.
 */
import {
  type Nvml,
  NVML_NO_ANSWER,
  type NvmlAnswer,
  type NvmlFault,
} from "../../ffi/nvml_api.ts";
import type { Logger, Random } from "../ports.ts";
import type { GpuSample } from "./gpu_sample.ts";
import { faultKind, isDriverless, libraryReason } from "./nvidia_fault.ts";
import { Retry } from "./nvidia_retry.ts";
import { absent, present, type Reading } from "./reading.ts";

/** Time between two looks for a driver on a machine without an NVIDIA GPU, milliseconds. */
export const LOOK_PERIOD_MS = 300_000;

const DRIVERLESS =
  "There is an NVIDIA GPU but no driver for it (libnvidia-ml.so.1)";

/** Opens the library, or says why it can't; `isMissing` where there is none. `openNvml` is the real one. */
export type OpenNvml = () =>
  | { readonly kind: "open"; readonly nvml: Nvml }
  | {
    readonly kind: "absent";
    readonly reason: string;
    readonly isMissing: boolean;
  };

/** What is needed to hold a library. */
export interface NvidiaLibraryOptions {
  readonly open: OpenNvml;
  /** Whether there is an NVIDIA GPU, so that it is a fault when there is no driver. */
  readonly isExpected: boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly random: Random;
  readonly logger: Logger;
}

/** What is read of all GPUs. */
export type GpuReadings = Reading<readonly GpuSample[]>;

/** The library, begun; or what the reading is without it. */
export type Opened =
  | { readonly kind: "open"; readonly nvml: Nvml }
  | GpuReadings;

type State =
  | { readonly kind: "open"; readonly nvml: Nvml }
  /** A call is out. It may come back: where GPUs sleep, waking one takes seconds. */
  | { readonly kind: "hung"; readonly nvml: Nvml }
  | {
    readonly kind: "closed";
    readonly reading: GpuReadings;
    /** When it is opened again. */
    readonly dueMs: number;
  };

/** Opens, closes and opens again. */
export class NvidiaLibrary implements Disposable {
  readonly #options: NvidiaLibraryOptions;
  readonly #retry: Retry;
  #isExpected: boolean;
  #state: State = { kind: "closed", reading: present([]), dueMs: -Infinity };

  /** Opens nothing yet. */
  constructor(options: NvidiaLibraryOptions) {
    this.#options = options;
    this.#isExpected = options.isExpected;
    this.#retry = new Retry(options.random);
  }

  /** The reading while there is nothing to do but to wait; undefined when there is something. */
  get waiting(): GpuReadings | undefined {
    const state = this.#state;
    const isWaiting = state.kind === "closed" &&
      this.#options.now() < state.dueMs;
    return isWaiting ? state.reading : undefined;
  }

  /** A GPU was seen, so from now on it is a fault when there is no driver. */
  expect(): void {
    this.#isExpected = true;
  }

  /** The library, opened and begun if it was not; it is another one after each opening. */
  async opened(): Promise<Opened> {
    const state = this.#state;
    switch (state.kind) {
      case "open":
        return state;
      case "hung": {
        const version = await state.nvml.driverVersion();
        if (version.kind === "fault" && faultKind(version.code) === "library") {
          return await this.giveUp(version);
        }
        return this.#state = { kind: "open", nvml: state.nvml };
      }
      case "closed":
        return await this.#begin();
    }
  }

  /** The library is of no use now. What the reading is without it. */
  async giveUp(fault: NvmlFault): Promise<GpuReadings> {
    const reading = absent(libraryReason(fault));
    const hasClosed = await this.close(fault.code === NVML_NO_ANSWER);
    return hasClosed ? this.#tryLater(reading) : reading;
  }

  /** Ends and closes it, to be opened anew when it is asked for; not while a call is out, when the answer is false. */
  async close(isSilent = false): Promise<boolean> {
    const state = this.#state;
    if (state.kind === "closed") return true;
    const { nvml } = state;
    if (isSilent || isNoAnswer(await nvml.shutdown())) {
      this.#state = { kind: "hung", nvml };
      return false;
    }
    nvml.close();
    this.#state = { kind: "closed", reading: present([]), dueMs: -Infinity };
    return true;
  }

  /** Lets the library go for good; not while one of the others is under way. */
  [Symbol.dispose](): void {
    if (this.#state.kind !== "closed") this.#state.nvml.close();
    const reading = absent("The collector is closed");
    this.#state = { kind: "closed", reading, dueMs: Infinity };
  }

  async #begin(): Promise<Opened> {
    const result = this.#options.open();
    if (result.kind === "absent") {
      if (!this.#isExpected) return this.#lookLater(result.reason);
      const reason = result.isMissing ? DRIVERLESS : result.reason;
      return this.#tryLater(absent(reason));
    }
    const { nvml } = result;
    this.#state = { kind: "open", nvml };
    const begun = await nvml.init();
    if (begun.kind === "ok") return this.#state;
    if (this.#isExpected || !isDriverless(begun.code)) {
      return await this.giveUp(begun);
    }
    nvml.close();
    return this.#lookLater(begun.reason);
  }

  #tryLater(reading: GpuReadings): GpuReadings {
    this.#retry.failed(this.#options.now());
    this.#state = { kind: "closed", reading, dueMs: this.#retry.dueMs };
    return reading;
  }

  /** Nothing is wrong with a machine without NVIDIA GPUs. */
  #lookLater(reason: string): GpuReadings {
    this.#options.logger.debug(`No NVIDIA GPU: ${reason}`);
    const reading = present([]);
    const dueMs = this.#options.now() + LOOK_PERIOD_MS;
    this.#state = { kind: "closed", reading, dueMs };
    return reading;
  }
}

function isNoAnswer(answer: NvmlAnswer<unknown>): boolean {
  return answer.kind === "fault" && answer.code === NVML_NO_ANSWER;
}
