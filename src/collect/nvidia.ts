/**
 * The NVIDIA GPUs of this machine through the driver's own library (NVML). Owns the list of cards; bounded by one reading
 * at a time, by the number of cards, and by the age of what a reading says.
 */
import type { Nvml } from "../../ffi/nvml_api.ts";
import type { GpuSample } from "./gpu_sample.ts";
import { NvidiaCard, SCAN_PERIOD_MS } from "./nvidia_card.ts";
import {
  type GpuReadings,
  NvidiaLibrary,
  type NvidiaLibraryOptions,
} from "./nvidia_library.ts";
import { absent, type Collector, present } from "./reading.ts";

/** The most cards that are read; machines have up to 16. */
const CARDS_MAX = 64;
/** A reading that took longer says of its first cards what has been, milliseconds; as in the sampler's guard. */
const READING_MS_MAX = 2000;
/**
 * Time after which the library is begun anew for the sake of a lost card, milliseconds: a card that was put back on the
 * bus is not seen before. The others go without a reading meanwhile; waking them may take seconds.
 */
const REOPEN_PERIOD_MS = 3_600_000;

const CLOSED = absent("The collector is closed");

/** Reads all cards once a second; never throws, never overlaps itself. */
export class NvidiaCollector
  implements Collector<readonly GpuSample[]>, Disposable {
  readonly #options: NvidiaLibraryOptions;
  readonly #library: NvidiaLibrary;
  #cards: readonly NvidiaCard[] = [];
  /** What the cards' handles belong to. */
  #nvml: Nvml | undefined;
  #openedMs = -Infinity;
  #countDue = -Infinity;
  /** What the log has of the driver. */
  #said: string | undefined;
  #call: Promise<GpuReadings> | undefined;
  #isDisposed = false;

  /** Opens nothing before the first reading. */
  constructor(options: NvidiaLibraryOptions) {
    this.#options = options;
    this.#library = new NvidiaLibrary(options);
  }

  collect(): GpuReadings | Promise<GpuReadings> {
    return this.#call ?? this.#library.waiting ?? (this.#call = this.#run());
  }

  /** A reading that is under way ends first, or at its deadline. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    if (this.#call === undefined) this.#library[Symbol.dispose]();
  }

  async #run(): Promise<GpuReadings> {
    try {
      return await this.#read();
    } catch (error) {
      return absent(error instanceof Error ? error.message : String(error));
    } finally {
      this.#call = undefined;
      if (this.#isDisposed) this.#library[Symbol.dispose]();
    }
  }

  async #read(): Promise<GpuReadings> {
    const { now } = this.#options;
    if (this.#isWorthReopening(now())) await this.#library.close();
    const opened = await this.#library.opened();
    if (opened.kind !== "open") return opened;
    const { nvml } = opened;
    const fault = await this.#look(nvml);
    if (fault !== undefined) return fault;
    const began = now();
    const samples: GpuSample[] = [];
    for (const card of this.#cards) {
      if (this.#isDisposed) return CLOSED;
      const read = await card.read(nvml, began);
      if (read.kind === "fault") return await this.#library.giveUp(read);
      samples.push(...read.value);
    }
    const tookMs = now() - began;
    return tookMs <= READING_MS_MAX
      ? present(samples)
      : absent("The NVIDIA driver answers too slowly");
  }

  /** What does not happen every second. Gives back the reading where the library is of no use. */
  async #look(nvml: Nvml): Promise<GpuReadings | undefined> {
    const { now } = this.#options;
    if (nvml !== this.#nvml) {
      this.#nvml = nvml;
      this.#openedMs = now();
      this.#countDue = -Infinity;
      for (const card of this.#cards) card.reopen();
    }
    if (now() >= this.#countDue) {
      const count = await nvml.deviceCount();
      if (count.kind === "fault") return await this.#library.giveUp(count);
      this.#countDue = now() + SCAN_PERIOD_MS;
      this.#resize(Math.min(count.value, CARDS_MAX));
      await this.#say(nvml);
    }
    for (const card of this.#cards) {
      if (this.#isDisposed) break;
      const fault = await card.look(nvml, now());
      if (fault !== undefined) return await this.#library.giveUp(fault);
    }
    return undefined;
  }

  #resize(count: number): void {
    const { random, logger } = this.#options;
    if (count > 0) this.#library.expect();
    // What has one index now may have had another.
    if (count !== this.#cards.length) {
      for (const card of this.#cards) card.reopen();
    }
    for (const { label } of this.#cards.slice(count)) {
      logger.warn(`${label} is gone: the driver counts ${count}`);
    }
    this.#cards = Array.from(
      { length: count },
      (_, index) =>
        this.#cards[index] ??
          new NvidiaCard(index, { phase: (index + 1) / count, random, logger }),
    );
  }

  async #say(nvml: Nvml): Promise<void> {
    const version = await nvml.driverVersion();
    if (version.kind === "fault") return;
    const line =
      `NVIDIA driver ${version.value}, number of GPUs: ${this.#cards.length}`;
    if (line !== this.#said) this.#options.logger.info(line);
    this.#said = line;
  }

  #isWorthReopening(now: number): boolean {
    const lost = this.#cards.filter(({ isLost }) => isLost).length;
    if (lost === 0) return false;
    const isAll = lost === this.#cards.length;
    const periodMs = isAll ? SCAN_PERIOD_MS : REOPEN_PERIOD_MS;
    return now - this.#openedMs >= periodMs;
  }
}
