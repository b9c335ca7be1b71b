/**
 * What a configuration value can look like, as data. Types, validation, help, JSON Schema, example and reference are
 * all read from these shapes, so a new kind of value is one more member here and the compiler names what follows.
 */
import type { Keys } from "./key.ts";
import type { TextFormat } from "./text_format.ts";

/** One kind of value. */
export type Shape =
  | FlagShape
  | WholeShape
  | NumberShape
  | TextShape
  | ChoiceShape
  | ListShape
  | GroupShape
  | TextOrGroupShape;

/** True or false. */
export interface FlagShape {
  readonly kind: "flag";
}

/** A whole number; both ends belong to the range. */
export interface WholeShape {
  readonly kind: "whole";
  readonly min: number;
  readonly max: number;
}

/** A number; both ends belong to the range unless `open` leaves `min` itself out. */
export interface NumberShape {
  readonly kind: "number";
  readonly min: number;
  readonly max: number;
  readonly open: boolean;
}

/** Text of a format. */
export interface TextShape {
  readonly kind: "text";
  readonly format: TextFormat;
}

/** One of some words. */
export interface ChoiceShape {
  readonly kind: "choice";
  readonly choices: readonly string[];
}

/** A list of at most `itemsMax` values of one shape. */
export interface ListShape {
  readonly kind: "list";
  readonly items: Shape;
  readonly itemsMax: number;
}

/** Named values. */
export interface GroupShape {
  readonly kind: "group";
  readonly keys: Keys;
}

/** A group that may be written as a text alone, which then stands for the group with `textKey` set to it. */
export interface TextOrGroupShape {
  readonly kind: "text_or_group";
  readonly format: TextFormat;
  readonly textKey: string;
  readonly keys: Keys;
}
