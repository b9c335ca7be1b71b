/** Configurations that came without a call of the API, as lines of the audit trail. */
import type { AuditEntry } from "../trust_ports.ts";
import type { ReloadCause, ReloadOutcome } from "../wire/reload_outcome.ts";

/** The line of an outcome; undefined for one whose call of the API is in the trail, and for a start. */
export function reloadEntry(outcome: ReloadOutcome): AuditEntry | undefined {
  const { cause, kind, atMs, version } = outcome;
  const actor = ACTORS[cause];
  if (actor === undefined) return undefined;
  return {
    atMs,
    actor,
    action: "config.reload",
    target: kind === "applied" ? `version ${version}` : "",
    from: "",
    requestId: "",
    result: RESULTS[kind],
  };
}

/** Who acts where nobody calls. */
const ACTORS: Readonly<Partial<Record<ReloadCause, string>>> = {
  signal: "signal",
  watch: "file",
  url: "url",
};

/** As the API answers the same. */
const RESULTS: Readonly<Record<ReloadOutcome["kind"], string>> = {
  applied: "ok",
  unchanged: "ok",
  refused: "config_refused",
  failed: "config_not_applied",
};
