/**
 * What somebody gave for a key, before anyone knows whether it is right: the same small tree for a YAML file, a flag
 * and an environment variable, each node with the place it came from.
 */

/** Where a value was found. */
export type Spot =
  | FileSpot
  /** A flag, with its dashes. */
  | { readonly kind: "flag"; readonly name: string }
  | { readonly kind: "environment"; readonly name: string };

/** A place in a file; line and column count from 1. */
export interface FileSpot {
  readonly kind: "file";
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A value as given. */
export type Given =
  /** The key stands there without a value (`null`), which leaves its default in force. */
  | { readonly kind: "nothing"; readonly spot: Spot }
  | { readonly kind: "flag"; readonly value: boolean; readonly spot: Spot }
  /** A number, and how it was written. */
  | {
    readonly kind: "number";
    readonly value: number;
    readonly written: string;
    readonly spot: Spot;
  }
  | { readonly kind: "text"; readonly value: string; readonly spot: Spot }
  /** Text from a flag or a variable, which can't say whether it is a number. */
  | { readonly kind: "words"; readonly value: string; readonly spot: Spot }
  | {
    readonly kind: "list";
    readonly items: readonly Given[];
    readonly spot: Spot;
  }
  | GivenGroup;

/** Named values, in the order in which they were given; no name twice. */
export interface GivenGroup {
  readonly kind: "group";
  readonly entries: ReadonlyMap<string, GivenEntry>;
  readonly spot: Spot;
}

/** One named value. */
export interface GivenEntry {
  readonly value: Given;
  /** Where the name stands. */
  readonly spot: Spot;
}

/** Longest piece of a value or name that a message repeats. */
const SHOWN_LENGTH_MAX = 60;

/** The value as the words after "found" in a message; hidden when it may be a secret. */
export function describe(given: Given, hidden: boolean): string {
  switch (given.kind) {
    case "nothing":
      return "nothing";
    case "list":
      return given.items.length === 0
        ? "an empty list"
        : `a list of ${given.items.length}`;
    case "group":
      return "keys with values";
    case "flag":
      return hidden ? "true or false" : String(given.value);
    case "number":
      return hidden ? "a number" : shortened(given.written);
    case "text":
    case "words":
      return hidden && given.value !== ""
        ? "a text that is not shown here"
        : quoted(given.value);
  }
}

/** The text in quotes, control characters escaped, cut when it is long. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

function shortened(text: string): string {
  return text.length <= SHOWN_LENGTH_MAX
    ? text
    : `${text.slice(0, SHOWN_LENGTH_MAX)}…`;
}
