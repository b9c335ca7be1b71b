/**
 * `deno task sim [--days N] [--seed N] [--mode adaptive|classic]`: lives through worlds of at most a day each, every one
 * from a seed of its own, and checks after each step what must hold. Ends with 1, the seed and a shrunk trace when
 * something does not, with 64 when it is called wrongly.
 */
import { parseArgs } from "node:util";
import { findingText, search } from "./live.ts";
import { type Mode, settingsOf } from "./settings.ts";
import { Progress } from "./sim_progress.ts";

const EXIT_FOUND = 1;
const EXIT_USAGE = 64;
const USAGE =
  "Usage: deno task sim [--days N] [--seed N] [--mode adaptive|classic]";
const DAYS = 30;
const MS_PER_DAY = 86_400_000;
const MODES: readonly Mode[] = ["adaptive", "classic"];

interface Options {
  readonly days: number;
  readonly seed: number;
  readonly mode: Mode | undefined;
}

if (import.meta.main) Deno.exit(main(Deno.args));

/** Runs the simulator; returns the exit code. */
export function main(args: readonly string[]): number {
  const options = readOptions(args);
  if (options === undefined) {
    console.error(USAGE);
    return EXIT_USAGE;
  }
  console.log(`Simulating ${options.days} days from seed ${options.seed}`);
  const begin = performance.now();
  const progress = new Progress(options.days);
  let steps = 0;
  let days = 0;
  for (let i = 0; days < options.days; i++) {
    const lifeMs = Math.min(1, options.days - days) * MS_PER_DAY;
    const seed = (options.seed + i) >>> 0;
    const life = search(settingsOf(seed, Math.round(lifeMs), options.mode));
    if (life.finding !== undefined) {
      progress.end();
      console.error(findingText(life.finding));
      return EXIT_FOUND;
    }
    steps += life.steps;
    days += lifeMs / MS_PER_DAY;
    progress.tell(days);
  }
  progress.end();
  const seconds = (performance.now() - begin) / 1000;
  const perSecond = (days / seconds).toFixed(2);
  console.log(
    `${days} days, ${steps} steps, each lived twice, in ${
      seconds.toFixed(1)
    } s: ${perSecond} days a second; everything held`,
  );
  return 0;
}

function readOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        days: { type: "string", default: String(DAYS) },
        seed: { type: "string" },
        mode: { type: "string" },
      },
    });
    const days = Number(values.days);
    const seed = values.seed === undefined
      ? crypto.getRandomValues(new Uint32Array(1))[0] ?? 1
      : Number(values.seed);
    const mode = MODES.find((mode) => mode === values.mode);
    const isKnown = values.mode === undefined || mode !== undefined;
    const isValid = isKnown && days > 0 && Number.isInteger(seed);
    return isValid ? { days, seed, mode } : undefined;
  } catch {
    return undefined;
  }
}
