/** Whether a single value is of its shape, and the value as the program sees it. */
import type { Given } from "./given.ts";
import type {
  ChoiceShape,
  FlagShape,
  NumberShape,
  TextShape,
  WholeShape,
} from "./shape.ts";
import { TEXT_LENGTH_MAX } from "./text_format.ts";
import { wantedText } from "./wanted_text.ts";

/** A shape that holds no other shapes. */
export type ScalarShape =
  | FlagShape
  | WholeShape
  | NumberShape
  | TextShape
  | ChoiceShape;

/** A value, or what was wanted instead, as the end of a sentence. */
export type Outcome =
  | { readonly kind: "value"; readonly value: boolean | number | string }
  | { readonly kind: "wrong"; readonly wanted: string };

/** As Go's strconv.ParseBool, which existing command lines were written for. */
const TRUE_WORDS = /^(true|t|1)$/i;
const FALSE_WORDS = /^(false|f|0)$/i;

const WHOLE_NUMBER = /^[+-]?[0-9]+$/;
const ANY_NUMBER = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/;

/** YAML 1.1 reads 010 as eight and YAML 1.2 as ten: neither is what everybody meant. */
const LEADING_ZERO = /^[+-]?0[0-9]/;

/** Checks one value. */
export function checkScalar(shape: ScalarShape, given: Given): Outcome {
  switch (shape.kind) {
    case "flag":
      return checkFlag(shape, given);
    case "whole":
    case "number":
      return checkNumber(shape, given);
    case "text":
      return checkText(shape, given);
    case "choice":
      return checkChoice(shape, given);
  }
}

function checkFlag(shape: FlagShape, given: Given): Outcome {
  if (given.kind === "flag") return { kind: "value", value: given.value };
  if (given.kind === "words") {
    if (TRUE_WORDS.test(given.value)) return { kind: "value", value: true };
    if (FALSE_WORDS.test(given.value)) return { kind: "value", value: false };
  }
  return wrong(wantedText(shape));
}

function checkNumber(shape: WholeShape | NumberShape, given: Given): Outcome {
  const wanted = wantedText(shape);
  const pattern = shape.kind === "whole" ? WHOLE_NUMBER : ANY_NUMBER;
  if (given.kind === "text" && pattern.test(given.value)) {
    return wrong(`${wanted}, without quotes`);
  }
  if (given.kind === "number" && LEADING_ZERO.test(given.written)) {
    return wrong(`${wanted}, without leading zeros`);
  }
  const value = numberIn(given, pattern);
  if (value === undefined || !isInside(shape, value)) return wrong(wanted);
  return { kind: "value", value: value + 0 };
}

function numberIn(given: Given, pattern: RegExp): number | undefined {
  if (given.kind === "number") return given.value;
  return given.kind === "words" && pattern.test(given.value)
    ? Number(given.value)
    : undefined;
}

function isInside(shape: WholeShape | NumberShape, value: number): boolean {
  if (value > shape.max || !(value >= shape.min)) return false;
  return shape.kind === "whole"
    ? Number.isSafeInteger(value)
    : !shape.open || value > shape.min;
}

function checkText(shape: TextShape, given: Given): Outcome {
  const { format } = shape;
  const value = textIn(given, format.digits);
  if (value === undefined) {
    const wanted = wantedText(shape);
    return wrong(given.kind === "number" ? `${wanted}, in quotes` : wanted);
  }
  if (value.length > TEXT_LENGTH_MAX) {
    return wrong(`at most ${TEXT_LENGTH_MAX} characters`);
  }
  return format.accepts(value)
    ? { kind: "value", value }
    : wrong(wantedText(shape));
}

/** A number in a file stands for its digits where digits make sense, as the Go program reads it. */
function textIn(given: Given, digits: boolean): string | undefined {
  if (given.kind === "text" || given.kind === "words") return given.value;
  return given.kind === "number" && digits ? given.written : undefined;
}

function checkChoice(shape: ChoiceShape, given: Given): Outcome {
  const word = textIn(given, false);
  return word !== undefined && shape.choices.includes(word)
    ? { kind: "value", value: word }
    : wrong(wantedText(shape));
}

function wrong(wanted: string): Outcome {
  return { kind: "wrong", wanted };
}
