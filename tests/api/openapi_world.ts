/** An API with everything switched on, in which every example of the document can be asked for. */
import type { ApiDeps } from "../../src/api/api_deps.ts";
import type { OpenApi, Operation } from "../../src/api/openapi_types.ts";
import { UiSessions } from "../../src/api/ui_sessions.ts";
import type { ReloadOutcome } from "../../src/wire/reload_outcome.ts";
import { ApiHome } from "./api_home.ts";

const HASH = "0123456789abcdef".repeat(4);

const OUTCOME: ReloadOutcome = {
  kind: "applied",
  cause: "api",
  version: 3,
  hash: HASH,
  atMs: 0,
  changed: ["panic"],
  needsRestart: [],
  problems: [],
  notes: [],
  rolledBackTo: 2,
};

/** A home with a configuration that can change, a log whose level can, metrics and a dashboard; open without keys. */
export function wholeHome(keys: readonly string[] = []): ApiHome {
  const deps: Partial<ApiDeps> = {
    configuration: {
      refusedCount: 0,
      pendingProblems: [],
      current: () => ({ version: 3, hash: HASH, appliedAtMs: 0 }),
      reload: () => Promise.resolve(OUTCOME),
      rollback: () => Promise.resolve(OUTCOME),
      history: () => [OUTCOME],
      versions: () => [2, 3],
    },
    logLevel: {
      current: () => ({ level: "debug", untilMs: 60_000 }),
      set() {},
      reset() {},
    },
    metrics: {
      render: () =>
        Promise.resolve({ type: "text/plain; version=0.0.4", text: "a 1\n" }),
    },
    ui: {
      files: {
        file: () =>
          Promise.resolve({
            type: "text/html; charset=utf-8",
            text: "<!doctype html>",
            etag: '"1"',
          }),
      },
      sessions: new UiSessions(),
      feed: {
        configure() {},
        open: () => ({
          kind: "content",
          fields: { "content-type": "text/event-stream" },
          body: "event: hello\ndata: {}\n\n",
        }),
      } as unknown as NonNullable<ApiDeps["ui"]>["feed"],
    },
  };
  const settings = { stickyHeader: "X-Session-ID" };
  return new ApiHome({ keys, settings, deps });
}

/** An operation of a document with where it is. */
export interface Listed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** Every operation. */
export function operationsOf({ paths }: OpenApi): readonly Listed[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    }))
  );
}
