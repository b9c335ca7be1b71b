/**
 * Draining: a backend takes no new sessions, those that it has end by themselves or at a deadline, and then it is
 * drained. Asked for by an operator, by the backend's own agent, or by both; over when neither asks for it any more. What
 * an operator asks for stays when the backend is forgotten, and counts when it is back.
 */

/** Who asked for it. */
export type DrainedBy = "operator" | "agent";

/** One backend's draining; instants are monotonic milliseconds. */
export interface DrainRecord {
  /** The backend's id. */
  readonly backendId: string;
  /** Who asked for it; never empty. */
  readonly by: readonly DrainedBy[];
  /** When it began. */
  readonly since: number;
  /** When sessions that are left are moved; undefined when they may stay as long as they live. */
  readonly deadlineAt: number | undefined;
}

/** What an operator sees of it. */
export interface DrainView extends Omit<DrainRecord, "backendId"> {
  /** `drained` when nothing was left on it, or its deadline has passed. */
  readonly state: "draining" | "drained";
  /** Sessions with a live lease on it. */
  readonly sessions: number;
  /** Requests that it works on. */
  readonly inFlight: number;
}

/** Limits of a drain. */
export interface DrainOptions {
  /** Sessions that are left after so long are moved, milliseconds; without it they may stay as long as they live. */
  readonly deadlineMs?: number | undefined;
  /** Refused when more backends than that would be unavailable (stale, unhealthy, ejected or draining). */
  readonly unavailableMax?: number | undefined;
}

/** What became of an ask to drain. */
export type DrainOutcome =
  | { readonly kind: "draining"; readonly view: DrainView }
  | { readonly kind: "unknown_backend" }
  | {
    readonly kind: "too_many_unavailable";
    /** Ids of those that are unavailable already. */
    readonly unavailable: readonly string[];
  };
