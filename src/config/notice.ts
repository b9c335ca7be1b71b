/** What an operator should hear about a configuration that is valid: data, logged by whoever loaded it. */
import type { IdleKey } from "./findings.ts";

/** One thing to say. */
export interface Notice {
  readonly level: "debug" | "info" | "warn";
  /** Path of the key it is about. */
  readonly key: string;
  readonly message: string;
}

/** What is to be said of keys that were set without effect. */
export function idleNotices(idle: Iterable<IdleKey>): Notice[] {
  return Array.from(idle, ({ path }) => withoutEffect(path));
}

/** The only such keys are the three of the Go program's connection pool. */
function withoutEffect(path: string): Notice {
  const message =
    `${path} has no effect: it describes a pool that an embedded SQLite handle does not have`;
  return { level: "debug", key: path, message };
}
