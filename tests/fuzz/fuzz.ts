/**
 * `deno task fuzz [--seconds N] [--seed N] [--only codec|exchange]`: looks for inputs that the layers below treat
 * wrongly. Ends with 1 and a seed that repeats it when one is found, with 64 when it is called wrongly.
 */
import { parseArgs } from "node:util";
import { type Finding, tryOne } from "./campaign.ts";
import { CODEC_TARGETS } from "./codec_targets.ts";
import { EXCHANGE_TARGET } from "./exchange_target.ts";
import { type Layer, LAYERS, type Target } from "./target.ts";

/** Everything there is to try; a layer's targets stand in a file of their own. */
export const TARGETS: readonly Target[] = [...CODEC_TARGETS, EXCHANGE_TARGET];

const EXIT_FOUND = 1;
const EXIT_USAGE = 64;
const USAGE =
  "Usage: deno task fuzz [--seconds N] [--seed N] [--only codec|exchange]";
const SECONDS = 60;
const PROGRESS_MS = 5000;
/** The clock is looked at once in so many inputs. */
const BATCH = 64;

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly layer: Layer | undefined;
}

if (import.meta.main) Deno.exit(main(Deno.args));

/** Runs the fuzzer; returns the exit code. */
export function main(args: readonly string[]): number {
  const options = readOptions(args);
  const [first, ...others] = TARGETS.filter(({ layer }) =>
    options?.layer === undefined || layer === options.layer
  );
  if (options === undefined || first === undefined) {
    console.error(options ? `Nothing to fuzz in "${options.layer}"` : USAGE);
    return EXIT_USAGE;
  }
  console.log(`Fuzzing for ${options.seconds} s from seed ${options.seed}`);
  const { finding, inputs } = search([first, ...others], options);
  if (finding === undefined) {
    console.log(`${inputs} inputs, nothing found`);
    return 0;
  }
  console.error(reportOf(finding));
  return EXIT_FOUND;
}

function search(
  targets: readonly [Target, ...Target[]],
  options: Options,
): { readonly finding: Finding | undefined; readonly inputs: number } {
  const begin = performance.now();
  let progressAt = begin + PROGRESS_MS;
  for (let inputs = 0;;) {
    for (let i = 0; i < BATCH; i++) {
      const finding = tryOne(targets, (options.seed + inputs++) | 0);
      if (finding !== undefined) return { finding, inputs };
    }
    const now = performance.now();
    if (now - begin >= options.seconds * 1000) {
      return { finding: undefined, inputs };
    }
    if (now < progressAt) continue;
    progressAt = now + PROGRESS_MS;
    progress(`${Math.round((now - begin) / 1000)} s, ${inputs} inputs`);
  }
}

/** One line that renews itself on a terminal, lines elsewhere. */
function progress(text: string): void {
  if (!Deno.stdout.isTerminal()) return console.log(text);
  Deno.stdout.writeSync(new TextEncoder().encode(`\r\x1b[K${text}\r`));
}

function readOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: "string", default: String(SECONDS) },
        seed: { type: "string" },
        only: { type: "string" },
      },
    });
    const seed = values.seed === undefined
      ? crypto.getRandomValues(new Int32Array(1))[0] ?? 1
      : Number(values.seed);
    const seconds = Number(values.seconds);
    const layer = LAYERS.find((layer) => layer === values.only);
    const isKnown = values.only === undefined || layer !== undefined;
    const isValid = isKnown && seconds > 0 && Number.isInteger(seed);
    return isValid ? { seconds, seed, layer } : undefined;
  } catch {
    return undefined;
  }
}

function reportOf(finding: Finding): string {
  return [
    `Found in ${finding.target}: ${finding.problem}`,
    `Repeat with --seed ${finding.seed}`,
    `Shrunk: ${finding.shrunk}`,
    `Input: ${finding.input}`,
  ].join("\n");
}
