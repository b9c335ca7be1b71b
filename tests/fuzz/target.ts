/** What the fuzzer asks of a thing that it tries: examples to start from, and a check of one input. */
import type { Chance } from "./chance.ts";

/** The layers that targets belong to, as `--only` names them. */
export const LAYERS = ["codec", "exchange"] as const;

/** One of {@link LAYERS}. */
export type Layer = typeof LAYERS[number];

/** A thing to try. */
export interface Target {
  readonly name: string;
  readonly layer: Layer;
  /** Inputs to begin with, as text of characters below 256. */
  readonly examples: readonly [string, ...string[]];
  /** What is wrong with how it takes the input, undefined when nothing is; throwing is wrong too. */
  check(input: Uint8Array, chance: Chance): string | undefined;
}
