/** One run of the fuzzer: input after input, each with a seed of its own, until something is found or time is up. */
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import { Chance } from "./chance.ts";
import { mutate } from "./mutate.ts";
import { shrink } from "./shrink.ts";
import type { Target } from "./target.ts";

/** One in so many inputs is an example as it is, put together with a seed's other choices. */
const UNCHANGED_SHARE = 64;

/** Something that is wrong. */
export interface Finding {
  readonly target: string;
  /** The seed that makes this input first. */
  readonly seed: number;
  readonly problem: string;
  /** The input in the notation of a string. */
  readonly input: string;
  /** A smaller one that is wrong too. */
  readonly shrunk: string;
}

/** Tries the input that belongs to this seed. */
export function tryOne(
  targets: readonly [Target, ...Target[]],
  seed: number,
): Finding | undefined {
  const chance = new Chance(seed);
  const target = chance.oneOf(targets);
  const example = octetsOf(chance.oneOf(target.examples));
  const input = chance.below(UNCHANGED_SHARE) === 0
    ? example
    : mutate(example, target.examples, chance);
  const problem = problemOf(target, input, seed);
  if (problem === undefined) return undefined;
  const shrunk = shrink(
    input,
    (smaller) => problemOf(target, smaller, seed) !== undefined,
  );
  return {
    target: target.name,
    seed,
    problem: problemOf(target, shrunk, seed) ?? problem,
    input: quoted(input),
    shrunk: quoted(shrunk),
  };
}

function problemOf(
  target: Target,
  input: Uint8Array,
  seed: number,
): string | undefined {
  try {
    return target.check(input, new Chance(~seed));
  } catch (error) {
    return `It throws: ${error instanceof Error ? error.stack : error}`;
  }
}

function quoted(octets: Uint8Array): string {
  return JSON.stringify(textOf(octets, 0, octets.length)).replace(
    /[\x7f-\xff]/g,
    (character) =>
      "\\x" + character.charCodeAt(0).toString(16).padStart(2, "0"),
  );
}
