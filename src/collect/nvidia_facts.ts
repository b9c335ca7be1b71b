/**
 * The facts of a card that are not asked for every second. Owns the last value of each and its age.
 *
 * A call takes about 50 µs of CPU time in a process that else sleeps. Eight cards take 8 calls a second for use and
 * memory; these add some 3, spread over the cards so that no second has them all.
 */
import {
  type Nvml,
  NVML_COMPUTE_MODES,
  NVML_THROTTLE_REASONS,
  type NvmlAnswer,
  type NvmlFault,
  type NvmlHandle,
} from "../../ffi/nvml_api.ts";
import type { GpuSample } from "./gpu_sample.ts";
import { faultKind } from "./nvidia_fault.ts";

/** Time between two readings of heat and power, milliseconds: a card takes some ten seconds to heat up. */
export const HEAT_PERIOD_MS = 10_000;
/** Time between two readings of what an operator sets, and of memory errors, milliseconds. */
export const SETTINGS_PERIOD_MS = 60_000;
/** A value that could not be read for so many periods is not told any more. */
const PERIODS_KEPT = 3;

/** What a sample says beside use, memory and names. */
export type Facts = Pick<
  GpuSample,
  | "temperatureC"
  | "temperatureLimitC"
  | "powerW"
  | "powerLimitW"
  | "isThrottled"
  | "throttleReasons"
  | "eccErrors"
  | "computeMode"
>;

/** One card's facts. */
export class NvidiaFacts {
  readonly #temperatureC = new Fact(HEAT_PERIOD_MS);
  readonly #powerW = new Fact(HEAT_PERIOD_MS);
  readonly #throttle = new Fact(HEAT_PERIOD_MS);
  readonly #limitC = new Fact(SETTINGS_PERIOD_MS);
  readonly #limitW = new Fact(SETTINGS_PERIOD_MS);
  readonly #eccErrors = new Fact(SETTINGS_PERIOD_MS);
  readonly #computeMode = new Fact(SETTINGS_PERIOD_MS);
  readonly #phase: number;
  #heatDue = -Infinity;
  #settingsDue = -Infinity;

  /** `phase`, above 0 and up to 1, is what part of a period passes between the first reading and the second. */
  constructor(phase: number) {
    this.#phase = phase;
  }

  /** Asks for what is due. Answers with a fault only where the card or the library is gone. */
  async refresh(
    nvml: Nvml,
    card: NvmlHandle,
    now: number,
  ): Promise<NvmlFault | undefined> {
    if (now >= this.#heatDue) {
      this.#heatDue = this.#next(this.#heatDue, HEAT_PERIOD_MS, now);
      const fault =
        this.#temperatureC.take(await nvml.temperature(card), now) ??
          this.#powerW.take(await nvml.powerDraw(card), now) ??
          this.#throttle.take(await nvml.throttleReasons(card), now);
      if (fault !== undefined) return fault;
    }
    if (now < this.#settingsDue) return undefined;
    this.#settingsDue = this.#next(this.#settingsDue, SETTINGS_PERIOD_MS, now);
    return this.#limitC.take(await slowdownOf(nvml, card), now) ??
      this.#limitW.take(await nvml.powerLimit(card), now) ??
      this.#eccErrors.take(await nvml.eccErrors(card), now) ??
      this.#computeMode.take(await nvml.computeMode(card), now);
  }

  /** What is known at an instant. */
  at(now: number): Facts {
    const bits = this.#throttle.at(now) ?? 0;
    const reasons = NVML_THROTTLE_REASONS.filter(({ bit }) => bits & bit);
    return {
      temperatureC: this.#temperatureC.at(now),
      temperatureLimitC: this.#limitC.at(now),
      powerW: this.#powerW.at(now),
      powerLimitW: this.#limitW.at(now),
      isThrottled: reasons.some(({ slows }) => slows),
      throttleReasons: reasons.map(({ name }) => name),
      eccErrors: this.#eccErrors.at(now),
      computeMode: NVML_COMPUTE_MODES[this.#computeMode.at(now) ?? -1],
    };
  }

  /** Holds to the grid, so that the cards stay apart; the first time and after a standstill there is none yet. */
  #next(due: number, periodMs: number, now: number): number {
    const next = due + periodMs;
    return next > now ? next : now + this.#phase * periodMs;
  }
}

/** One value, and until when it counts. */
class Fact {
  readonly #keptMs: number;
  #value: number | undefined;
  #untilMs = -Infinity;

  constructor(periodMs: number) {
    this.#keptMs = PERIODS_KEPT * periodMs;
  }

  /** Takes an answer; gives back a fault that is about more than this value. */
  take(answer: NvmlAnswer<number>, now: number): NvmlFault | undefined {
    if (answer.kind === "fault") {
      return faultKind(answer.code) === "value" ? undefined : answer;
    }
    this.#value = answer.value;
    this.#untilMs = now + this.#keptMs;
    return undefined;
  }

  at(now: number): number | undefined {
    return now < this.#untilMs ? this.#value : undefined;
  }
}

/** Newer cards tell how many degrees are left instead of where the end is. */
async function slowdownOf(
  nvml: Nvml,
  card: NvmlHandle,
): Promise<NvmlAnswer<number>> {
  const slowdown = await nvml.slowdownTemperature(card);
  if (slowdown.kind === "ok" || faultKind(slowdown.code) !== "value") {
    return slowdown;
  }
  const margin = await nvml.temperatureMargin(card);
  if (margin.kind === "fault") return margin;
  const temperature = await nvml.temperature(card);
  return temperature.kind === "fault"
    ? temperature
    : { kind: "ok", value: temperature.value + margin.value };
}
