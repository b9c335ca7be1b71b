/**
 * One NVIDIA card from second to second. Owns what is known of it and whether it is in trouble; a card that can't be read
 * is given up, said once, and looked for again with back-off, while the others go on.
 */
import {
  type Nvml,
  NVML_ERRORS,
  type NvmlAnswer,
  type NvmlFault,
  type NvmlMemory,
} from "../../ffi/nvml_api.ts";
import type { Logger, Random } from "../ports.ts";
import type { GpuSample } from "./gpu_sample.ts";
import { NvidiaFacts } from "./nvidia_facts.ts";
import { faultKind } from "./nvidia_fault.ts";
import { Retry } from "./nvidia_retry.ts";
import { type FoundCard, type FoundDevice, scanCard } from "./nvidia_scan.ts";

/** Time between two looks at how a card is divided, milliseconds. Operators divide cards some times a year. */
export const SCAN_PERIOD_MS = 300_000;

/**
 * Time between two readings of a device's memory, and of its use, milliseconds. In each second one of the two is asked
 * for: a call is some 50 µs of CPU time in a process that else sleeps, and 16 a second would be too many for 8 cards.
 */
export const TURN_MS = 2000;

/** What a second may begin early, milliseconds. */
const EARLY_MS_MAX = 200;

/** What a card needs beside its index. */
export interface NvidiaCardOptions {
  /** Above 0 and up to 1: where in a period it is read, so that cards do not come at once. */
  readonly phase: number;
  readonly random: Random;
  readonly logger: Logger;
}

/** A device and what is known of it from second to second. */
interface Device {
  readonly found: FoundDevice;
  /** An instance does not tell its use, and asking each second is not free. */
  mayTellUse: boolean;
  /** As read last; never older than {@link TURN_MS}. */
  memory: NvmlMemory | undefined;
  memoryDueMs: number;
  /** Percent, likewise; undefined when it was not told. */
  usedPct: number | undefined;
  useDueMs: number;
}

/** Reads the card with one index. */
export class NvidiaCard {
  readonly #index: number;
  readonly #options: NvidiaCardOptions;
  readonly #retry: Retry;
  #found: FoundCard | undefined;
  #devices: readonly Device[] = [];
  #facts: NvidiaFacts;
  #scanDue = -Infinity;
  /** Whether it was looked at since the last reading, and nothing has failed. */
  #isFresh = false;
  /** Whether the log has that something of it can't be read. */
  #isInTrouble = false;

  /** Is looked for at the first reading. */
  constructor(index: number, options: NvidiaCardOptions) {
    this.#index = index;
    this.#options = options;
    this.#retry = new Retry(options.random);
    this.#facts = new NvidiaFacts(options.phase);
  }

  /** What people call it. */
  get label(): string {
    if (this.#found === undefined) return `GPU ${this.#index}`;
    const { name, uuid } = this.#found;
    return `GPU ${this.#index} (${uuid === "" ? name : `${name}, ${uuid}`})`;
  }

  /** Whether it has nothing to offer because it can't be read. */
  get isLost(): boolean {
    return this.#isInTrouble && this.#devices.length === 0;
  }

  /** The library was begun anew or counts otherwise: no handle holds any more. */
  reopen(): void {
    this.#devices = [];
    this.#scanDue = -Infinity;
  }

  /** Asks for what is due and lasts longer than a second; a fault of the whole library comes back. */
  async look(nvml: Nvml, now: number): Promise<NvmlFault | undefined> {
    if (now >= this.#scanDue) {
      const fault = await this.#scan(nvml, now);
      if (fault !== undefined) return this.#giveUp(fault, now);
    }
    if (this.#found === undefined || this.#devices.length === 0) {
      return undefined;
    }
    const fault = await this.#facts.refresh(nvml, this.#found.handle, now);
    return fault === undefined ? undefined : this.#giveUp(fault, now);
  }

  /** What its devices do in this second; those that can't be read are missing. A fault is one of the whole library. */
  async read(
    nvml: Nvml,
    now: number,
  ): Promise<NvmlAnswer<readonly GpuSample[]>> {
    const samples: GpuSample[] = [];
    for (const device of this.#devices) {
      const sample = await this.#sample(nvml, device, now);
      if (sample.kind === "ok") samples.push(sample.value);
      else if (faultKind(sample.code) === "value") {
        this.#drop(device, sample, now);
      } else return this.#giveUp(sample, now) ?? { kind: "ok", value: [] };
    }
    if (this.#isFresh) this.#recover();
    return { kind: "ok", value: samples };
  }

  async #scan(nvml: Nvml, now: number): Promise<NvmlFault | undefined> {
    const answer = await scanCard(nvml, this.#index);
    if (answer.kind === "fault") return answer;
    const { phase, logger } = this.#options;
    const known = this.#found;
    const isAnother = known !== undefined && known.uuid !== answer.value.uuid;
    if (this.#devices.length === 0 || isAnother) {
      this.#facts = new NvidiaFacts(phase);
    }
    this.#found = answer.value;
    this.#isFresh = true;
    this.#devices = answer.value.devices.map((found) => ({
      found,
      mayTellUse: true,
      memory: undefined,
      memoryDueMs: -Infinity,
      usedPct: undefined,
      useDueMs: -Infinity,
    }));
    const part = this.#scanDue === -Infinity ? phase : 1;
    this.#scanDue = now + part * SCAN_PERIOD_MS;
    if (isAnother) logger.info(`${this.label} has another card's place`);
    return undefined;
  }

  async #sample(
    nvml: Nvml,
    device: Device,
    now: number,
  ): Promise<NvmlAnswer<GpuSample>> {
    const { handle: _, ...names } = device.found;
    const memory = await this.#memory(nvml, device, now);
    if (memory.kind === "fault") return memory;
    const fault = await this.#askUse(nvml, device, now);
    if (fault !== undefined) return fault;
    const { totalBytes, freeBytes } = memory.value;
    const sample: GpuSample = {
      ...names,
      vendor: "nvidia",
      usedPct: device.usedPct,
      memoryUsedBytes: totalBytes - freeBytes,
      memoryTotalBytes: totalBytes,
      ...this.#facts.at(now),
    };
    return { kind: "ok", value: sample };
  }

  /** Every other second; of a device that tells nothing else in every one, since it may be gone. */
  async #memory(
    nvml: Nvml,
    device: Device,
    now: number,
  ): Promise<NvmlAnswer<NvmlMemory>> {
    const { memory, memoryDueMs, mayTellUse } = device;
    const isEarly = mayTellUse && now < memoryDueMs - EARLY_MS_MAX;
    if (memory !== undefined && isEarly) return { kind: "ok", value: memory };
    const answer = await nvml.memory(device.found.handle);
    if (answer.kind === "fault") return answer;
    // The first time both are read; from then on they take turns.
    device.memoryDueMs = now + (memory === undefined ? TURN_MS / 2 : TURN_MS);
    device.memory = answer.value;
    return answer;
  }

  /** In the seconds between; a fault is more than a value that is not told. */
  async #askUse(
    nvml: Nvml,
    device: Device,
    now: number,
  ): Promise<NvmlFault | undefined> {
    const isDue = now >= device.useDueMs - EARLY_MS_MAX;
    if (!device.mayTellUse || !isDue) return undefined;
    device.useDueMs = now + TURN_MS;
    const answer = await nvml.utilization(device.found.handle);
    device.usedPct = answer.kind === "ok" ? answer.value : undefined;
    if (answer.kind === "ok") return undefined;
    if (faultKind(answer.code) !== "value") return answer;
    device.mayTellUse = answer.code !== NVML_ERRORS.NOT_SUPPORTED;
    return undefined;
  }

  /** Gives the card up, or gives back a fault that is not its own. */
  #giveUp(fault: NvmlFault, now: number): NvmlFault | undefined {
    if (faultKind(fault.code) === "library") return fault;
    this.#devices = [];
    this.#fail(this.label, fault, now);
    return undefined;
  }

  /** An instance may go without its card. */
  #drop(device: Device, fault: NvmlFault, now: number): void {
    this.#devices = this.#devices.filter((other) => other !== device);
    const { isSlice, name, uuid } = device.found;
    const part = isSlice ? `, instance ${name} ${uuid}` : "";
    this.#fail(`${this.label}${part}`, fault, now);
  }

  #fail(what: string, fault: NvmlFault, now: number): void {
    this.#isFresh = false;
    this.#retry.failed(now);
    this.#scanDue = this.#retry.dueMs;
    if (this.#isInTrouble) return;
    this.#isInTrouble = true;
    this.#options.logger.warn(
      `${what} can't be read and is not offered: ${fault.reason}`,
    );
  }

  #recover(): void {
    this.#isFresh = false;
    if (!this.#isInTrouble) return;
    this.#isInTrouble = false;
    this.#options.logger.info(`${this.label} can be read again`);
  }
}
