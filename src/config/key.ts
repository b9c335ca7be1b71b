/**
 * A configuration key: its shape, its default, and what is to be said of it. The builders below carry the type of the
 * value along, so that a table of keys is also the declaration of the configuration object's type.
 */
import type { CamelCase } from "./camel_case.ts";
import type { Shape } from "./shape.ts";
import { ANY_TEXT, type TextFormat } from "./text_format.ts";

/** Bound of every list without a tighter one of its own; each address or tier costs the server memory and time. */
const LIST_ITEMS_MAX = 10_000;

/** A key whose value, inside the program, is a `Value`. */
export interface Key<Value = unknown> {
  readonly shape: Shape;
  readonly absent: Absent<Value>;
  /** One sentence or two for help, example and reference; no final period. */
  readonly help: string;
  /** Further flag names beside the one made of the key's name, without dashes. */
  readonly aliases: readonly string[];
  /** Whether the value must never be shown. */
  readonly secret: boolean;
  /** Whether setting the key has an effect; undefined for one that has, or for what the group around it says. */
  readonly state: KeyState | undefined;
  /** Whether a running server keeps the value that it started with. */
  readonly needsRestart: boolean;
}

/** What holds when nobody sets the key: a value, the defaults of the group's own keys, or nothing (it must be set). */
export type Absent<Value> =
  | { readonly kind: "default"; readonly value: Value }
  | { readonly kind: "group" }
  | { readonly kind: "required" };

/** Why a key is accepted without effect: it describes something that this program does not have. */
export type KeyState = "no_effect";

/** A table of keys by their names in YAML. */
export type Keys = Readonly<Record<string, Key>>;

/** The object that a table of keys describes: camel case names, every key present. */
export type ConfigOf<Table extends Keys> = {
  readonly [Name in keyof Table as CamelCase<Name & string>]:
    Table[Name] extends Key<infer Value> ? Value : never;
};

/** What can be said of any key. */
interface Said<Value> {
  readonly help: string;
  /** The value when nobody sets the key; a key without one must be set. */
  readonly default?: Value;
  readonly aliases?: readonly string[];
  readonly secret?: boolean;
  readonly state?: KeyState | undefined;
  readonly needsRestart?: boolean;
}

/** A key that is true or false. */
export function flag(said: Said<boolean>): Key<boolean> {
  return key({ kind: "flag" }, said);
}

/** A whole number from `min` to `max`. */
export function whole(
  said: Said<number> & { readonly min: number; readonly max: number },
): Key<number> {
  return key({ kind: "whole", min: said.min, max: said.max }, said);
}

/** A number from `min` to `max`; with `open`, `min` itself is out. */
export function number(
  said: Said<number> & {
    readonly min: number;
    readonly max: number;
    readonly open?: boolean;
  },
): Key<number> {
  const { min, max, open = false } = said;
  return key({ kind: "number", min, max, open }, said);
}

/** A text of a format; any text when none is named. */
export function text(
  said: Said<string> & { readonly format?: TextFormat },
): Key<string> {
  return key({ kind: "text", format: said.format ?? ANY_TEXT }, said);
}

/** One of some words. */
export function choice<const Word extends string>(
  said: Said<NoInfer<Word>> & {
    readonly choices: readonly Word[];
  },
): Key<Word> {
  return key({ kind: "choice", choices: said.choices }, said);
}

/** A list of what `of` describes. */
export function list<Item>(
  said: Said<readonly NoInfer<Item>[]> & {
    readonly of: Key<Item>;
    readonly itemsMax?: number;
  },
): Key<readonly Item[]> {
  const { of, itemsMax = LIST_ITEMS_MAX } = said;
  return key({ kind: "list", items: of.shape, itemsMax }, {
    ...said,
    secret: of.secret,
  });
}

/** Keys inside a key; each has its own default. */
export function group<const Table extends Keys>(
  keys: Table,
  said: Omit<Said<never>, "default" | "secret" | "aliases">,
): Key<ConfigOf<Table>> {
  return { ...key({ kind: "group", keys }, said), absent: { kind: "group" } };
}

/** A group, or a text that stands for the group with that one key set. */
export function textOrGroup<const Table extends Keys>(
  keys: Table,
  said: Omit<Said<never>, "default" | "aliases"> & {
    readonly textKey: keyof Table & string;
    readonly format: TextFormat;
  },
): Key<ConfigOf<Table>> {
  const { textKey, format } = said;
  return key({ kind: "text_or_group", textKey, format, keys }, said);
}

/** The same key, but nothing (`undefined`) when nobody sets it. */
export function optional<Value>(of: Key<Value>): Key<Value | undefined> {
  return { ...of, absent: { kind: "default", value: undefined } };
}

function key<Value>(shape: Shape, said: Said<Value>): Key<Value> {
  return {
    shape,
    absent: said.default === undefined
      ? { kind: "required" }
      : { kind: "default", value: said.default },
    help: said.help,
    aliases: said.aliases ?? [],
    secret: said.secret ?? false,
    state: said.state,
    needsRestart: said.needsRestart ?? false,
  };
}
