/** The keys of a role without their groups: what can be set one by one, and under which names. */
import { camelCase } from "./camel_case.ts";
import type { Key, Keys, KeyState } from "./key.ts";
import type { Shape } from "./shape.ts";

/** A key that is no group. */
export interface Leaf {
  /** Its path in YAML, such as `routing.weights.distance`. */
  readonly path: string;
  /** Its path in the configuration object. */
  readonly names: readonly string[];
  readonly key: Key;
  /** Its state, or that of the groups around it. */
  readonly state: KeyState | undefined;
  /** How it is set outside the file; undefined for what only YAML can express. */
  readonly outside: Outside | undefined;
}

/** The names of a key outside the file. */
export interface Outside {
  /** Flags with their dashes, the one made of the key's name first. */
  readonly flags: readonly string[];
  /** The environment variable. */
  readonly variable: string;
}

/** Every leaf of the table, in its order. */
export function leavesOf(keys: Keys): Leaf[] {
  return leavesUnder(keys, [], undefined);
}

/** The value of a leaf in a configuration object. */
export function valueAt(config: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null
        ? Reflect.get(value, name)
        : undefined,
    config,
  );
}

function leavesUnder(
  keys: Keys,
  above: readonly string[],
  aboveState: KeyState | undefined,
): Leaf[] {
  return Object.entries(keys).flatMap(([name, key]) => {
    const path = [...above, name];
    const state = key.state ?? aboveState;
    if (key.shape.kind === "group") {
      return leavesUnder(key.shape.keys, path, state);
    }
    return {
      path: path.join("."),
      names: path.map((part) => camelCase(part)),
      key,
      state,
      outside: isWritableAsText(key.shape)
        ? outsideNames(path, key)
        : undefined,
    };
  });
}

function outsideNames(path: readonly string[], key: Key): Outside {
  const words = path.join("_");
  return {
    flags: [words.replaceAll("_", "-"), ...key.aliases]
      .map((flag) => `--${flag}`),
    variable: `OPSEN_${words.toUpperCase()}`,
  };
}

/** Single values and lists of them fit into a flag; groups need YAML. */
function isWritableAsText(shape: Shape): boolean {
  switch (shape.kind) {
    case "flag":
    case "whole":
    case "number":
    case "text":
    case "choice":
    case "text_or_group":
      return true;
    case "list":
      return shape.items.kind !== "list" && isWritableAsText(shape.items);
    case "group":
      return false;
  }
}
