/** `/_opsen/config/…`: what came of loading the configuration again, and of the times before. */
import * as z from "zod";
import {
  RELOAD_CAUSES,
  RELOAD_KINDS,
  type ReloadOutcome,
} from "./reload_outcome.ts";

/** What came of one look at the configuration. The texts themselves are never shown: they hold secrets. */
export const reloadAnswer = z.object({
  /**
   * `applied`: a new version is in force; `unchanged`: there was nothing new; `refused`: something is wrong with it;
   * `failed`: nothing is wrong with it, but it could not be put into force.
   */
  outcome: z.enum(RELOAD_KINDS),
  /** Why it was looked at: `start`, `signal` (SIGHUP), `api`, `watch` (a file changed), `url` (it was time), `rollback`. */
  cause: z.enum(RELOAD_CAUSES),
  /** The version in force afterwards. */
  version: z.number(),
  /** SHA-256 of the documents that were looked at, in hexadecimal digits. */
  hash: z.string(),
  /** When, RFC 3339 in UTC. */
  at: z.string(),
  /** Paths of the keys whose value, or whose file's content, is a new one. */
  changed: z.array(z.string()),
  /** Paths of keys whose new value waits for a restart. */
  needs_restart: z.array(z.string()),
  /** What is wrong, a line each. */
  problems: z.array(z.string()),
  /** What else should be known, a sentence each. */
  notes: z.array(z.string()),
  /** The version that came back; absent when none did. */
  rolled_back_to: z.number().optional(),
});

/** The JSON of the answer. */
export type ReloadAnswer = z.output<typeof reloadAnswer>;

/** The answer of `GET /_opsen/config/history`. */
export const configHistoryAnswer = z.object({
  /** The version in force. */
  version: z.number(),
  /** SHA-256 of its documents, in hexadecimal digits. */
  hash: z.string(),
  /** Versions that can be brought back, oldest first. */
  kept_versions: z.array(z.number()),
  /** What came of the last looks, newest last. */
  history: z.array(reloadAnswer),
});

/** The JSON of the answer. */
export type ConfigHistoryAnswer = z.output<typeof configHistoryAnswer>;

/** `POST /_opsen/config/reload`; nothing in it is needed. */
export const reloadBody = z.object({
  /** Whether it is loaded also when it is what it was, or what was rolled back. */
  force: z.boolean().nullish(),
}).transform(({ force }) => ({ isForced: force === true }));

/** `POST /_opsen/config/rollback`; nothing in it is needed. */
export const rollbackBody = z.object({
  /** The version to bring back; without it the one before that in force. */
  version: z.int().min(1).nullish(),
}).transform(({ version }) => ({ version: version ?? undefined }));

/** The JSON of an outcome. */
export function reloadAnswerOf(outcome: ReloadOutcome): ReloadAnswer {
  const { kind, cause, version, hash, atMs, rolledBackTo } = outcome;
  return {
    outcome: kind,
    cause,
    version,
    hash,
    at: new Date(atMs).toISOString(),
    changed: [...outcome.changed],
    needs_restart: [...outcome.needsRestart],
    problems: [...outcome.problems],
    notes: [...outcome.notes],
    ...(rolledBackTo !== undefined && { rolled_back_to: rolledBackTo }),
  };
}

/** The outcome that the JSON tells of; undefined when it is none. */
export function reloadOutcomeOf(json: unknown): ReloadOutcome | undefined {
  const read = reloadAnswer.safeParse(json);
  if (!read.success) return undefined;
  const { outcome, cause, version, hash, at, changed } = read.data;
  const atMs = Date.parse(at);
  if (Number.isNaN(atMs)) return undefined;
  return {
    kind: outcome,
    cause,
    version,
    hash,
    atMs,
    changed,
    needsRestart: read.data.needs_restart,
    problems: read.data.problems,
    notes: read.data.notes,
    rolledBackTo: read.data.rolled_back_to,
  };
}
