/** A collector of NVIDIA GPUs over a world in memory, with a clock that the test turns. */
import { NvidiaCollector } from "../../src/collect/nvidia.ts";
import type { GpuSample } from "../../src/collect/gpu_sample.ts";
import type { OpenNvml } from "../../src/collect/nvidia_library.ts";
import type { Reading } from "../../src/collect/reading.ts";
import { FakeLogger } from "../fakes/logger.ts";
import type { FakeDevice } from "../ffi/nvml_script.ts";
import { type NvmlWorld, nvmlWorld, ScriptedNvml } from "./scripted_nvml.ts";
import { valueOf } from "./readings.ts";

/** Where the clock stands at first. */
const START_MS = 1_000_000;

/** What a test may say of the machine. */
export interface NvidiaHomeOptions {
  readonly open?: OpenNvml;
  readonly isExpected?: boolean;
  /** What chance says, always: close to 1 for the longest waits. */
  readonly chance?: number;
}

/** The collector and what is around it. */
export class NvidiaHome implements Disposable {
  readonly world: NvmlWorld;
  readonly logger = new FakeLogger();
  readonly collector: NvidiaCollector;
  nowMs = START_MS;

  constructor(
    devices: readonly FakeDevice[] = [],
    options: NvidiaHomeOptions = {},
  ) {
    const world = nvmlWorld(devices);
    this.world = world;
    const chance = options.chance ?? 0.999;
    this.collector = new NvidiaCollector({
      open: options.open ??
        (() => ({ kind: "open", nvml: new ScriptedNvml(world) })),
      isExpected: options.isExpected ?? true,
      now: () => this.nowMs,
      random: { next: () => chance },
      logger: this.logger,
    });
  }

  /** The reading of this second. */
  async read(): Promise<Reading<readonly GpuSample[]>> {
    return await this.collector.collect();
  }

  /** The samples of this second, which must be there. */
  async samples(): Promise<readonly GpuSample[]> {
    return valueOf(await this.read());
  }

  /** The device ids of this second. */
  async ids(): Promise<readonly number[]> {
    return (await this.samples()).map(({ deviceId }) => deviceId);
  }

  /** Lets so many seconds pass, with a reading in each; the last one. */
  async seconds(count: number): Promise<Reading<readonly GpuSample[]>> {
    let reading = await this.#second();
    for (let i = 1; i < count; i++) reading = await this.#second();
    return reading;
  }

  /** The calls since this was asked last. */
  calls(): string[] {
    return this.world.calls.splice(0);
  }

  /** All lines above debug. */
  lines(): string[] {
    return this.logger.lines.filter(({ level }) => level !== "debug")
      .map(({ level, message }) => `${level}: ${message}`);
  }

  [Symbol.dispose](): void {
    this.collector[Symbol.dispose]();
  }

  async #second(): Promise<Reading<readonly GpuSample[]>> {
    this.nowMs += 1000;
    return await this.read();
  }
}
