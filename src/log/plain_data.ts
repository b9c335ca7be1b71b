/**
 * Makes what callers hand to the log plain: text, numbers, lists and records, without secrets, cycles or surprises,
 * and bounded, so that no value, however large or hostile, costs more than one line may.
 */
import { isSecret, maskSecrets, SECRET_MASK } from "./secrets.ts";

/** Longest text of one value, UTF-16 units; the rest is cut off and said to be. */
export const TEXT_LENGTH_MAX = 2048;
/** Most text of one line, UTF-16 units. */
export const LINE_TEXT_LENGTH_MAX = 16_384;
/** Most values of one line, counting those inside of lists and records. */
export const VALUES_MAX = 256;
/** How deep lists and records are followed. */
export const DEPTH_MAX = 4;
/** How many causes of an error are followed. */
const CAUSES_MAX = 4;

/** A value that every line format can print. */
export type Plain = string | number | boolean | null | readonly Plain[] | {
  readonly [name: string]: Plain;
};

/** What a line says, fit to be printed. */
export interface PlainData {
  readonly message: string;
  /** The data by name. */
  readonly values: Readonly<Record<string, Plain>>;
  /** Stacks of the errors among the data, when they were asked for. */
  readonly stacks: readonly string[];
}

/** The message and its data made plain. Entries that are `undefined` are left out. */
export function plainData(
  text: string,
  data: Readonly<Record<string, unknown>>,
  wanted: { readonly stacks: boolean },
): PlainData {
  const budget: Budget = {
    text: LINE_TEXT_LENGTH_MAX,
    values: VALUES_MAX,
    errors: [],
  };
  const message = plainText(text, budget);
  const values = plainRecord(data, budget, 0);
  if (!wanted.stacks) return { message, values, stacks: [] };
  const stacks = budget.errors.map((error) =>
    plainText(error.stack ?? "", budget)
  );
  return { message, values, stacks };
}

/** What one line may still hold, and the errors met so far, of which there are no more than values. */
interface Budget {
  text: number;
  values: number;
  readonly errors: Error[];
}

function plainValue(value: unknown, budget: Budget, depth: number): Plain {
  switch (typeof value) {
    case "string":
      return plainText(value, budget);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    case "undefined":
      return null;
    case "bigint":
    case "symbol":
      return plainText(String(value), budget);
    case "function":
      return "[function]";
    case "object":
      return value === null ? null : plainObject(value, budget, depth);
  }
}

function plainObject(value: object, budget: Budget, depth: number): Plain {
  if (value instanceof Error) {
    budget.errors.push(value);
    return plainText(describeError(value), budget);
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? "[no date]" : value.toISOString();
  }
  if (value instanceof URL) return plainText(value.href, budget);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `[${value.byteLength} bytes]`;
  }
  if (depth >= DEPTH_MAX) return Array.isArray(value) ? "[list]" : "[record]";
  if (Array.isArray(value) || value instanceof Set) {
    return plainList(value, budget, depth);
  }
  if (value instanceof Map) {
    return plainRecord(Object.fromEntries(value), budget, depth);
  }
  return plainRecord(value as Readonly<Record<string, unknown>>, budget, depth);
}

function plainList(
  list: Iterable<unknown>,
  budget: Budget,
  depth: number,
): readonly Plain[] {
  const plain: Plain[] = [];
  for (const value of list) {
    if (budget.values <= 0) return [...plain, "[and more]"];
    budget.values--;
    plain.push(plainValue(value, budget, depth + 1));
  }
  return plain;
}

function plainRecord(
  record: Readonly<Record<string, unknown>>,
  budget: Budget,
  depth: number,
): Readonly<Record<string, Plain>> {
  const entries: [string, Plain][] = [];
  for (const name of Object.keys(record)) {
    if (budget.values <= 0) {
      entries.push(["…", "[and more]"]);
      break;
    }
    const value = readEntry(record, name);
    if (value === undefined) continue;
    budget.values--;
    entries.push([
      plainText(name, budget),
      isSecret(name, value)
        ? SECRET_MASK
        : plainValue(value, budget, depth + 1),
    ]);
  }
  // Unlike an assignment, this keeps an entry that is named "__proto__".
  return Object.fromEntries(entries);
}

/** A getter may throw, and a log line is no place to learn it. */
function readEntry(
  record: Readonly<Record<string, unknown>>,
  name: string,
): unknown {
  try {
    return record[name];
  } catch {
    return "[unreadable]";
  }
}

/** The text with secrets masked, cut to what a value and the line may hold. */
function plainText(text: string, budget: Budget): string {
  const room = Math.min(TEXT_LENGTH_MAX, Math.max(0, budget.text));
  const kept = text.length <= room
    ? text
    : `${text.slice(0, room)}… (${text.length} characters)`;
  budget.text -= Math.min(text.length, room);
  return maskSecrets(kept);
}

/** `NotFound: No such file, caused by Error: …`, with the code where there is one. */
function describeError(error: Error): string {
  const parts: string[] = [];
  for (
    let link: unknown = error;
    link !== undefined && parts.length <= CAUSES_MAX;
    link = causeOf(link)
  ) {
    parts.push(
      link instanceof Error
        ? `${link.name}${codeOf(link)}: ${link.message}`
        : String(link),
    );
  }
  if (error instanceof AggregateError) {
    parts.push(...error.errors.slice(0, CAUSES_MAX).map(String));
  }
  return parts.join(", caused by ");
}

function causeOf(link: unknown): unknown {
  return link instanceof Error ? link.cause : undefined;
}

function codeOf(error: Error): string {
  const code = (error as { readonly code?: unknown }).code;
  return typeof code === "string" || typeof code === "number"
    ? ` (${code})`
    : "";
}
