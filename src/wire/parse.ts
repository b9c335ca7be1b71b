/** From a value that arrived to a value that can be believed, or to the list of what is wrong with it. */
import type * as z from "zod";
import { FAULTS_MAX } from "./bounds.ts";

/** What is wrong with one field. */
export interface Fault {
  /** Path of the field, `endpoints[0].url`; empty for the body itself. */
  readonly field: string;
  /** What was wanted and what was found, as a sentence that the field begins: `must be a text, found 3`. */
  readonly detail: string;
}

/** The outcome of {@link parse}. */
export type Parsed<Value> =
  | { readonly kind: "valid"; readonly value: Value }
  /** A field that must be there is absent, null or empty. */
  | {
    readonly kind: "missing";
    readonly field: string;
    readonly faults: readonly Fault[];
  }
  | { readonly kind: "invalid"; readonly faults: readonly Fault[] };

/** What {@link parse} asks of a schema; those of zod are one. */
export interface Schema<Value> {
  /** The value as it can be believed, or every issue with it. */
  safeParse(value: unknown):
    | { readonly success: true; readonly data: Value }
    | {
      readonly success: false;
      readonly error: { readonly issues: readonly z.core.$ZodIssue[] };
    };
}

/** Checks a value that JSON held; lists at most {@link FAULTS_MAX} faults. */
export function parse<Value>(
  schema: Schema<Value>,
  value: unknown,
): Parsed<Value> {
  const result = schema.safeParse(value);
  if (result.success) return { kind: "valid", value: result.data };
  const { issues } = result.error;
  const faults = faultsOf(issues, value);
  const missing = issues.find((issue) => isMissing(issue, value));
  if (missing === undefined) return { kind: "invalid", faults };
  return { kind: "missing", field: fieldOf(missing.path), faults };
}

/** One fault per field: the length of what should have been a text is no second one. */
function faultsOf(issues: readonly z.core.$ZodIssue[], value: unknown) {
  const faults = new Map<string, Fault>();
  for (const issue of issues) {
    const field = fieldOf(issue.path);
    if (faults.has(field)) continue;
    const detail = detailOf(issue, valueAt(value, issue.path));
    faults.set(field, { field, detail });
    if (faults.size === FAULTS_MAX) break;
  }
  return [...faults.values()];
}

/** `["endpoints", 0, "url"]` as `endpoints[0].url`. */
function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((field, key) => {
    if (typeof key === "number") return `${field}[${key}]`;
    return field === "" ? String(key) : `${field}.${String(key)}`;
  }, "");
}

function detailOf(issue: z.core.$ZodIssue, found: unknown): string {
  return `${wantedOf(issue)}, found ${shown(found)}`;
}

function wantedOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    return `must be ${WANTED[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === "too_small") {
    if (issue.origin === "string") return "must not be empty";
    return issue.inclusive === false
      ? `must be more than ${issue.minimum}`
      : `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
  }
  if (issue.code === "too_big") {
    return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
  }
  return issue.message;
}

/** The words for what a schema expects; others are shown as they are. */
const WANTED: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a finite number",
  string: "a text",
  array: "an array",
  object: "an object",
};

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" ? " elements" : "";
}

/** Enough of a text to find it by, and no more. */
const SHOWN_CHARS_MAX = 40;

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return String(value);
  return value.length <= SHOWN_CHARS_MAX
    ? JSON.stringify(value)
    : `a text of ${value.length} characters`;
}

/** Whether a field of the body itself is not there, or is a text that must not be empty and is. */
function isMissing({ path, code }: z.core.$ZodIssue, body: unknown): boolean {
  if (path.length !== 1) return false;
  const value = valueAt(body, path);
  return value === undefined || value === null ||
    (value === "" && code !== "invalid_type");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Readonly<Record<PropertyKey, unknown>>)[key]
        : undefined,
    value,
  );
}
