/**
 * JSON found in a column. It may be text (ours) or the text of a blob (the Go server's), absent, or anything a person
 * typed: what can't be read is undefined, never an exception.
 */

/** The value of a column's JSON, or undefined when there is none. */
export function parseStored(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every item as the type, or undefined when the value is no array or one item is not. */
export function arrayOf<Item>(
  value: unknown,
  read: (item: unknown) => Item | undefined,
): readonly Item[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: Item[] = [];
  for (const candidate of value) {
    const item = read(candidate);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

/** The fields of a JSON object, or undefined when it is none. */
export function fieldsOf(
  value: unknown,
): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined;
}

/** A text, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** True or false, or undefined. */
export function flagOf(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** A finite number, or undefined. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : undefined;
}

/** A finite number that is not negative, or undefined. */
export function amountOf(value: unknown): number | undefined {
  const amount = numberOf(value);
  return amount !== undefined && amount >= 0 ? amount : undefined;
}
