/**
 * The samples of the last minutes of each GPU. Owner: the sample windows; bounded by {@link GPUS_MAX} cards and a window
 * for each quantity.
 *
 * A card that is not in the newest sample is gone at once with all its past: a card that fell off its bus, or whose driver
 * does not answer, must not be booked on what it once was.
 */
import type { GpuSample } from "../collect/gpu_sample.ts";
import type { GpuReading } from "../engine/backend.ts";
import { Window } from "../policy/window.ts";
import {
  DEVICE_ID_MAX,
  ECC_ERRORS_MAX,
  GPUS_MAX,
  MEMORY_GB_MAX,
  NAME_CHARS_MAX,
  PERCENT_MAX,
  POWER_W_MAX,
  TEMPERATURE_C_MAX,
  THROTTLE_REASONS_MAX,
} from "../wire/bounds.ts";

/** Bytes of a GB on the wire. */
const GB_BYTES = 2 ** 30;
/** Seconds that heat and throttling are told of, also where a mean is of more: they are a matter of now. */
const HEAT_SECONDS = 60;

/** Takes the samples of all cards and averages them. */
export class GpuWindows {
  readonly #seconds: number;
  /** By device id, lowest first. */
  #cards: ReadonlyMap<number, CardWindows> = new Map();

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** Model names of the cards of the newest sample, lowest device id first. */
  get models(): readonly string[] {
    return [...this.#cards.values()].map(({ name }) => name);
  }

  /**
   * Takes what was read in one second. Of two samples under one device id the first stands: the server could not tell
   * which of them is right.
   */
  push(samples: readonly GpuSample[]): void {
    const cards = new Map<number, CardWindows>();
    const sorted = samples.toSorted((a, b) => a.deviceId - b.deviceId);
    for (const sample of sorted) {
      const { deviceId } = sample;
      if (cards.has(deviceId) || cards.size === GPUS_MAX) continue;
      if (!canBe(sample)) continue;
      const known = this.#cards.get(deviceId);
      const card = known?.isOf(sample)
        ? known
        : new CardWindows(this.#seconds, sample);
      card.push(sample);
      cards.set(deviceId, card);
    }
    this.#cards = cards;
  }

  /** Lets seconds pass in which nobody sampled. */
  skip(seconds: number): void {
    for (const card of this.#cards.values()) card.skip(seconds);
  }

  /** Each card with its means over the last `last` seconds, lowest device id first. */
  readings(last: number): readonly GpuReading[] {
    return [...this.#cards.values()].map((card) => card.reading(last));
  }
}

/** The samples of one card. */
class CardWindows {
  readonly #usedPct: Window;
  readonly #memoryUsedBytes: Window;
  readonly #powerW: Window;
  readonly #temperatureC = new Window(HEAT_SECONDS);
  /** 1 for a second in which it was throttled, otherwise 0. */
  readonly #throttled = new Window(HEAT_SECONDS);
  #newest: GpuSample;
  /** Of the newest sample in which it was throttled. */
  #throttledBy: readonly string[] = [];
  /** The last use that was told: it stands while none is. */
  #toldUsedPct = 0;

  constructor(seconds: number, sample: GpuSample) {
    this.#usedPct = new Window(seconds);
    this.#memoryUsedBytes = new Window(seconds);
    this.#powerW = new Window(seconds);
    this.#newest = sample;
  }

  get name(): string {
    return plain(this.#newest.name);
  }

  /** Whether the sample is of this very card: numbers are given anew when a card is lost. */
  isOf({ vendor, name, uuid }: GpuSample): boolean {
    const newest = this.#newest;
    return vendor === newest.vendor && name === newest.name &&
      uuid === newest.uuid;
  }

  push(sample: GpuSample): void {
    this.#newest = sample;
    const usedPct = within(sample.usedPct, 0, PERCENT_MAX);
    this.#usedPct.push(usedPct);
    this.#toldUsedPct = usedPct ?? this.#toldUsedPct;
    this.#memoryUsedBytes.push(sample.memoryUsedBytes);
    this.#powerW.push(within(sample.powerW, 0, POWER_W_MAX));
    this.#temperatureC.push(degrees(sample.temperatureC));
    this.#throttled.push(sample.isThrottled ? 1 : 0);
    if (sample.isThrottled) this.#throttledBy = sample.throttleReasons;
  }

  skip(seconds: number): void {
    this.#usedPct.skip(seconds);
    this.#memoryUsedBytes.skip(seconds);
    this.#powerW.skip(seconds);
    this.#temperatureC.skip(seconds);
    this.#throttled.skip(seconds);
  }

  reading(last: number): GpuReading {
    const newest = this.#newest;
    const totalBytes = newest.memoryTotalBytes;
    const usedBytes = this.#memoryUsedBytes.mean(last).mean ?? totalBytes;
    const { mean: temperatureC = 0 } = this.#temperatureC.mean();
    const { mean: throttled = 0 } = this.#throttled.mean();
    const isThrottled = throttled > 0;
    const reasons = isThrottled ? this.#throttledBy : newest.throttleReasons;
    return {
      deviceId: newest.deviceId,
      name: this.name,
      utilizationPct: this.#usedPct.mean(last).mean ?? this.#toldUsedPct,
      memoryUsedGb: Math.min(usedBytes, totalBytes) / GB_BYTES,
      memoryTotalGb: totalBytes / GB_BYTES,
      // Sensors tell whole degrees.
      temperatureC: Math.round(temperatureC),
      powerDrawW: this.#powerW.mean(last).mean ?? 0,
      vendor: newest.vendor,
      uuid: plain(newest.uuid) || undefined,
      temperatureLimitC: degrees(newest.temperatureLimitC),
      powerLimitW: within(newest.powerLimitW, 0, POWER_W_MAX),
      isThrottled,
      throttleReasons: reasons.slice(0, THROTTLE_REASONS_MAX).map(plain),
      eccErrors: within(newest.eccErrors, 0, ECC_ERRORS_MAX),
      computeMode: newest.computeMode,
      isSlice: newest.isSlice,
    };
  }
}

/** Whether a card can have such a number and memory: on others nothing can be booked, and the server takes none of it. */
function canBe(sample: GpuSample): boolean {
  const { deviceId, memoryUsedBytes, memoryTotalBytes } = sample;
  const bytesMax = MEMORY_GB_MAX * GB_BYTES;
  return Number.isInteger(deviceId) &&
    within(deviceId, 0, DEVICE_ID_MAX) !== undefined &&
    within(memoryTotalBytes, 0, bytesMax) !== undefined &&
    within(memoryUsedBytes, 0, bytesMax) !== undefined;
}

/** A name as the server takes it: one odd character from a driver must not cost the whole report. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "").slice(0, NAME_CHARS_MAX);
}

function degrees(celsius: number | undefined): number | undefined {
  return within(celsius, -TEMPERATURE_C_MAX, TEMPERATURE_C_MAX);
}

/** A number that no card can have is none. */
function within(
  value: number | undefined,
  min: number,
  max: number,
): number | undefined {
  return value !== undefined && value >= min && value <= max
    ? value
    : undefined;
}
