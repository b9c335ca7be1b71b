/** What a loaded configuration amounts to, value by value, with its source and without its secrets. */
import { camelCase } from "./camel_case.ts";
import type { Spot } from "./given.ts";
import type { Keys } from "./key.ts";
import { leavesOf, valueAt } from "./leaf.ts";
import { spotText } from "./problem.ts";
import type { Role } from "./role.ts";
import type { Shape } from "./shape.ts";

/** One key with the value that is in force. */
export interface EffectiveValue {
  /** Path in YAML. */
  readonly path: string;
  readonly shape: Shape;
  /** The value; a secret that is set is replaced by {@link MASK}. */
  readonly value: unknown;
  /** Where it comes from: `default`, a flag, a variable, or `file:line:column`. */
  readonly source: string;
}

/** Stands for a secret; its length says nothing. */
export const MASK = "********";

/** Every value of a role's configuration. */
export function effectiveValues(
  role: Role,
  config: unknown,
  sources: ReadonlyMap<string, Spot>,
): EffectiveValue[] {
  return leavesOf(role.keys).map(({ path, names, key }) => {
    const spot = sources.get(path);
    return {
      path,
      shape: key.shape,
      value: masked(key.shape, key.secret, valueAt(config, names)),
      source: spot === undefined ? "default" : spotText(spot),
    };
  });
}

function masked(shape: Shape, secret: boolean, value: unknown): unknown {
  switch (shape.kind) {
    case "flag":
    case "whole":
    case "number":
    case "choice":
      return value;
    case "text":
      return maskedText(secret, value);
    case "list":
      return Array.isArray(value)
        ? value.map((item) => masked(shape.items, secret, item))
        : value;
    case "group":
    case "text_or_group":
      return maskedGroup(shape.keys, value);
  }
}

function maskedGroup(keys: Keys, value: unknown): unknown {
  return Object.fromEntries(
    Object.entries(keys).map(([name, { shape, secret }]) => {
      const member = camelCase(name);
      return [member, masked(shape, secret, valueAt(value, [member]))];
    }),
  );
}

/** A URL may carry a password of its own (RFC 3986 section 3.2.1). */
function maskedText(secret: boolean, value: unknown): unknown {
  if (typeof value !== "string" || value === "") return value;
  return secret
    ? MASK
    : value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, `$1${MASK}@`);
}
