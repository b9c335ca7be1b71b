/** Lives through worlds: from a seed, from a list of steps, and in search of what does not hold. */
import { Balancer } from "../../src/engine/balancer.ts";
import { Script } from "./script.ts";
import type { Settings } from "./settings.ts";
import { shrinkSteps } from "./shrink_steps.ts";
import { type Step, stepText } from "./steps.ts";
import { INVARIANTS, Violation } from "./violation.ts";
import { type Build, World } from "./world.ts";

/** A trace that did not shrink below this is shown from its end. */
const LINES_MAX = 200;
const MS_PER_DAY = 86_400_000;

/** One life of a world. */
export interface Life {
  readonly steps: readonly Step[];
  /** Stands for all that was decided. */
  readonly digest: number;
  /** What did not hold, which ended it. */
  readonly violation: Violation | undefined;
}

/** What is wrong, and the shortest way there that was found. */
export interface Finding {
  readonly settings: Settings;
  readonly violation: Violation;
  readonly trace: readonly Step[];
}

/** The balancer as it is. */
export const REAL: Build = (options) => new Balancer(options);

/** Lives through the world of these settings. */
export function live(settings: Settings, build: Build = REAL): Life {
  const steps: Step[] = [];
  return lifeOf(settings, build, steps, (world) => {
    const script = new Script(world);
    for (;;) {
      const step = script.next();
      if (step === undefined) break;
      steps.push(step);
      world.apply(step);
    }
  });
}

/** Lives through these steps again; unchecked, only bookings and answers are looked at and not what is there after each step. */
export function replay(
  settings: Settings,
  steps: readonly Step[],
  build: Build = REAL,
  isChecked = true,
): Life {
  const pass = (world: World) => {
    for (const step of steps) world.apply(step);
  };
  return lifeOf(settings, build, steps, pass, isChecked);
}

/** Lives through a world twice; the first thing that does not hold, with its shrunk trace. */
export function search(
  settings: Settings,
  build: Build = REAL,
): { readonly finding: Finding | undefined; readonly steps: number } {
  const { steps, digest, violation } = live(settings, build);
  const isChecked = violation !== undefined;
  const again = replay(settings, steps, build, isChecked);
  const isSame = again.digest === digest &&
    again.violation?.invariant === violation?.invariant;
  if (violation === undefined && isSame) {
    return { finding: undefined, steps: steps.length };
  }
  const found = isSame && violation !== undefined
    ? violation
    : new Violation("trace", `${digest} became ${again.digest}`);
  const trace = shrinkSteps(
    steps,
    (fewer) => isFound(found, settings, fewer, build),
  );
  const last = replay(settings, trace, build).violation;
  const shown = last?.invariant === found.invariant ? last : found;
  return {
    finding: { settings, violation: shown, trace },
    steps: steps.length,
  };
}

/** A finding for people. */
export function findingText({ settings, violation, trace }: Finding): string {
  const { seed, mode, lifeMs } = settings;
  return [
    `Seed ${seed}, ${mode}: ${INVARIANTS[violation.invariant]}`,
    `Found: ${violation.message}`,
    ...(violation.cause instanceof Error ? [`${violation.cause.stack}`] : []),
    `Shrunk to ${trace.length} steps:`,
    ...(trace.length > LINES_MAX ? ["  ..."] : []),
    ...trace.slice(-LINES_MAX).map((step) => `  ${stepText(step)}`),
    `Again: deno task sim --seed ${seed} --days ${
      lifeMs / MS_PER_DAY
    } --mode ${mode}`,
  ].join("\n");
}

function isFound(
  { invariant }: Violation,
  settings: Settings,
  steps: readonly Step[],
  build: Build,
): boolean {
  const first = replay(settings, steps, build);
  if (invariant !== "trace") return first.violation?.invariant === invariant;
  return first.digest !== replay(settings, steps, build).digest;
}

function lifeOf(
  settings: Settings,
  build: Build,
  steps: readonly Step[],
  pass: (world: World) => void,
  isChecked = true,
): Life {
  const world = new World(settings, build, isChecked);
  let violation: Violation | undefined;
  try {
    pass(world);
    world.finish();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  return { steps, digest: world.digest.value, violation };
}
