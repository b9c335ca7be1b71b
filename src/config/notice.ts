/** What an operator should hear about a configuration that is valid: data, logged by whoever loaded it. */
import type { IdleKey } from "./findings.ts";

/** One thing to say. */
export interface Notice {
  readonly level: "debug" | "info" | "warn";
  /** Path of the key it is about; several, separated by commas, when they share the line. */
  readonly key: string;
  readonly message: string;
}

/** What is to be said of keys that were set without effect: those that are not built yet share one line. */
export function idleNotices(idle: Iterable<IdleKey>): Notice[] {
  const notices: Notice[] = [];
  const planned: string[] = [];
  for (const { path, state } of idle) {
    switch (state) {
      case "planned":
        planned.push(path);
        break;
      case "no_effect":
        notices.push(withoutEffect(path));
        break;
    }
  }
  return planned.length === 0 ? notices : [...notices, notBuilt(planned)];
}

function notBuilt(paths: readonly string[]): Notice {
  const key = paths.join(", ");
  const message = `Accepted, but not built yet and without effect: ${key}`;
  return { level: "info", key, message };
}

/** The only such keys are the three of the Go program's connection pool. */
function withoutEffect(path: string): Notice {
  const message =
    `${path} has no effect: it describes a pool that an embedded SQLite handle does not have`;
  return { level: "debug", key: path, message };
}
