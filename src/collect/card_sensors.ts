/**
 * Sensors of one graphics card, those of the kernel's hardware monitoring (Documentation/hwmon/sysfs-interface.rst):
 * thousandths of a degree, millionths of a watt or joule. Owns the paths of the files that the card has, and the last
 * count of its energy.
 */
import type { CardHeat } from "./drm_card.ts";
import { namesIn, numberIn, readLine, rereadLine } from "./sysfs_values.ts";
import type { TextFiles } from "./text_files.ts";

/** One thermometer. */
interface Thermometer {
  readonly path: string;
  readonly limitC: number | undefined;
}

/** Temperature and power as they are now. */
export type SensedHeat = Pick<
  CardHeat,
  "temperatureC" | "temperatureLimitC" | "powerW"
>;

/** What chips show that are switched off, or whose sensor is not there, lies outside. */
const DEGREES_MIN = 1;
const DEGREES_MAX = 200;
/** No card draws more. */
const WATTS_MAX = 10_000;
const MILLI = 1000;
const MICRO = 1_000_000;
/** Sensors beyond are left out. Intel's cards have one for each channel of their memory. */
const THERMOMETERS_MAX = 32;

/** Where the card's folder of sensors may say what is wanted, the first that does. */
export interface SensorNames {
  readonly power: readonly string[];
  /** Counters, for cards that count energy in place of telling their power. */
  readonly energy: readonly string[];
  readonly powerLimit: readonly string[];
}

/** What there is, found once: looking for it asks the card. */
interface Found {
  /** Name of the folder; a driver that is loaded anew makes another. */
  readonly monitor: string;
  readonly thermometers: readonly Thermometer[];
  readonly power: string | undefined;
  readonly energy: string | undefined;
  readonly powerLimits: readonly string[];
}

/** The sensors of one card. */
export class CardSensors {
  readonly #files: TextFiles;
  readonly #device: string;
  readonly #names: SensorNames;
  #found: Found | undefined;
  #before: { readonly microjoules: number; readonly atMs: number } | undefined;

  /** Those below the device's folder; nothing is read yet. */
  constructor(files: TextFiles, device: string, names: SensorNames) {
    this.#files = files;
    this.#device = device;
    this.#names = names;
  }

  /** Reads them. */
  read(nowMs: number): SensedHeat {
    const found = this.#find();
    return {
      ...this.#hottest(found.thermometers),
      powerW: this.#powerW(found, nowMs),
    };
  }

  /**
   * Watts that it may draw; 0 is how drivers say that there is no limit. What there is of sensors is looked for again
   * when their folder is another.
   */
  powerLimitW(): number | undefined {
    if (this.#found?.monitor !== this.#monitor()) this.#found = undefined;
    for (const path of this.#find().powerLimits) {
      const limit = watts(numberIn(readLine(this.#files, path)));
      if (limit !== undefined && limit > 0) return limit;
    }
    return undefined;
  }

  /** The thermometer that is nearest to its limit decides when the card slows down. */
  #hottest(
    thermometers: readonly Thermometer[],
  ): Pick<SensedHeat, "temperatureC" | "temperatureLimitC"> {
    let hottest: Warmth | undefined;
    for (const { path, limitC } of thermometers) {
      const degrees = (numberIn(rereadLine(this.#files, path)) ?? NaN) / MILLI;
      if (!(degrees >= DEGREES_MIN && degrees <= DEGREES_MAX)) continue;
      const here = limitC === undefined ? { degrees } : { degrees, limitC };
      if (hottest === undefined || isHotter(here, hottest)) hottest = here;
    }
    return {
      temperatureC: hottest?.degrees,
      temperatureLimitC: hottest?.limitC,
    };
  }

  #powerW({ power, energy }: Found, nowMs: number): number | undefined {
    if (power !== undefined) {
      return watts(numberIn(rereadLine(this.#files, power)));
    }
    if (energy === undefined) return undefined;
    const before = this.#before;
    const microjoules = numberIn(rereadLine(this.#files, energy));
    this.#before = microjoules === undefined
      ? undefined
      : { microjoules, atMs: nowMs };
    if (before === undefined || microjoules === undefined) return undefined;
    const seconds = (nowMs - before.atMs) / MILLI;
    return watts((microjoules - before.microjoules) / seconds);
  }

  /** The folder may come later than the card. */
  #find(): Found {
    if (this.#found !== undefined) return this.#found;
    const monitor = this.#monitor();
    if (monitor === undefined) return NOTHING;
    const folder = `${this.#device}/hwmon/${monitor}`;
    const paths = (names: readonly string[]) =>
      names.map((name) => `${folder}/${name}`);
    const first = (names: readonly string[]) =>
      paths(names).find((path) =>
        numberIn(readLine(this.#files, path)) !== undefined
      );
    this.#before = undefined;
    this.#found = {
      monitor,
      thermometers: thermometersIn(this.#files, folder),
      power: first(this.#names.power),
      energy: first(this.#names.energy),
      powerLimits: paths(this.#names.powerLimit),
    };
    return this.#found;
  }

  #monitor(): string | undefined {
    return namesIn(`${this.#device}/hwmon`, /^hwmon\d+$/)[0];
  }
}

const NOTHING: Found = {
  monitor: "",
  thermometers: [],
  power: undefined,
  energy: undefined,
  powerLimits: [],
};

function thermometersIn(files: TextFiles, folder: string): Thermometer[] {
  return namesIn(folder, /^temp\d+_input$/).slice(0, THERMOMETERS_MAX)
    .map((input) => ({
      path: `${folder}/${input}`,
      limitC: limitOf(files, `${folder}/${input.replace("_input", "")}`),
    }));
}

/** Where a card does not tell what is critical, it slows down no later than it switches itself off. */
function limitOf(files: TextFiles, sensor: string): number | undefined {
  for (const name of ["crit", "emergency"]) {
    const degrees = (numberIn(readLine(files, `${sensor}_${name}`)) ?? NaN) /
      MILLI;
    if (degrees >= DEGREES_MIN && degrees <= DEGREES_MAX) return degrees;
  }
  return undefined;
}

/** A counter that began anew gives a number below 0. */
function watts(microwatts: number | undefined): number | undefined {
  const found = (microwatts ?? NaN) / MICRO;
  return found >= 0 && found <= WATTS_MAX ? found : undefined;
}

/** What one thermometer shows. */
interface Warmth {
  readonly degrees: number;
  readonly limitC?: number;
}

/** One with a limit says more than one without. */
function isHotter(a: Warmth, b: Warmth): boolean {
  if (a.limitC !== undefined && b.limitC !== undefined) {
    return a.limitC - a.degrees < b.limitC - b.degrees;
  }
  if (a.limitC !== undefined || b.limitC !== undefined) {
    return a.limitC !== undefined;
  }
  return a.degrees > b.degrees;
}
