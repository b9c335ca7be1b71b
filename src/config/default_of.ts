/** The value of a key that nobody set. */
import { camelCase } from "./camel_case.ts";
import type { Key, Keys } from "./key.ts";

/** Stands for a value that can't be had: what was given is wrong, or nothing was and there is no default. */
export const FAULTY: unique symbol = Symbol("faulty");

/** Values of a table of keys by their camel case names. */
export type Values = Record<string, unknown>;

/** The default of a key; {@link FAULTY} for one that must be set. */
export function defaultOf({ absent, shape }: Key): unknown {
  switch (absent.kind) {
    case "default":
      return absent.value;
    case "required":
      return FAULTY;
    case "group":
      return shape.kind === "group" ? defaultsOf(shape.keys) : FAULTY;
  }
}

/** The defaults of all keys of a table. */
export function defaultsOf(keys: Keys): Values {
  return Object.fromEntries(
    Object.entries(keys).map(([name, key]) => [
      camelCase(name),
      defaultOf(key),
    ]),
  );
}
