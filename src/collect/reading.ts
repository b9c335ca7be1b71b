/** What a collector answers. That something can't be read is expected, so it is a value and not an exception. */
export type Reading<T> =
  | { readonly kind: "present"; readonly value: T }
  | Absent;

/** No data, and why, as a sentence without a final period. */
export interface Absent {
  readonly kind: "absent";
  readonly reason: string;
}

/** One source of readings, asked once a second. */
export interface Collector<T> {
  /**
   * Reads once. Without a promise it must not be able to hang; with one it may, and is then not asked again until the
   * promise settles.
   */
  collect(): Reading<T> | Promise<Reading<T>>;
}

/** A reading with a value. */
export function present<T>(value: T): Reading<T> {
  return { kind: "present", value };
}

/** A reading without one. */
export function absent(reason: string): Absent {
  return { kind: "absent", reason };
}
