/** What comes of loading a server's configuration again, in words that the API, its caller and the log share. */

/** Why a configuration was looked at. */
export const RELOAD_CAUSES = [
  /** The server was started. */
  "start",
  /** SIGHUP. */
  "signal",
  /** Somebody asked through the API. */
  "api",
  /** A watched file changed. */
  "watch",
  /** It was time to look at `config_url`. */
  "url",
  /** Somebody wanted an older version back. */
  "rollback",
] as const;

/** One of {@link RELOAD_CAUSES}. */
export type ReloadCause = typeof RELOAD_CAUSES[number];

/** How it can end. */
export const RELOAD_KINDS = [
  /** A new version is in force. */
  "applied",
  /** There is nothing new. */
  "unchanged",
  /** Something is wrong with it; the old one stays in force. */
  "refused",
  /** It could not be put into force although nothing is wrong with it; the old one counts as in force. */
  "failed",
] as const;

/** How one look ended. */
export interface ReloadOutcome {
  readonly kind: typeof RELOAD_KINDS[number];
  readonly cause: ReloadCause;
  /** The version in force afterwards. */
  readonly version: number;
  /** SHA-256 of the documents that were looked at, in hexadecimal digits. */
  readonly hash: string;
  /** When, wall-clock milliseconds. */
  readonly atMs: number;
  /** Paths of the keys whose value, or whose file's content, is a new one. */
  readonly changed: readonly string[];
  /** Paths of the keys whose new value waits for a restart. */
  readonly needsRestart: readonly string[];
  /** What is wrong, a line each, as at start. */
  readonly problems: readonly string[];
  /** What else should be known of it, a sentence each. */
  readonly notes: readonly string[];
  /** The version whose documents came back; undefined when none did. */
  readonly rolledBackTo: number | undefined;
}

/** Somebody wanted a version back that is not kept, or there is none before the one in force. */
export interface UnknownVersion {
  readonly kind: "unknown_version";
  /** Versions that are kept, oldest first. */
  readonly kept: readonly number[];
}

/** The configuration in force. */
export interface ConfigInForce {
  /** Counts from 1, over restarts. */
  readonly version: number;
  /** SHA-256 of its documents, in hexadecimal digits. */
  readonly hash: string;
  /** When it came into force, wall-clock milliseconds. */
  readonly appliedAtMs: number;
}

/** A running server's configuration, for those who look at it or want another one. */
export interface ConfigControl {
  current(): ConfigInForce;
  /** How many were refused since the start. */
  readonly refusedCount: number;
  /** What is wrong with the configuration that was looked at last, a line each; none when it is in force. */
  readonly pendingProblems: readonly string[];
  /** Loads it again; with `isForced` also when there is nothing new. Never rejects. */
  reload(cause: ReloadCause, isForced?: boolean): Promise<ReloadOutcome>;
  /** Brings a version back, without a number the one before that in force. Never rejects. */
  rollback(version?: number): Promise<ReloadOutcome | UnknownVersion>;
  /** What came of the last ones, newest last. */
  history(): readonly ReloadOutcome[];
  /** Versions that can be brought back, oldest first. */
  versions(): readonly number[];
}
