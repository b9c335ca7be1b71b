/**
 * The newest decisions and their reasons, for whoever asks "why there?" or "why not?". Owner of the entries, bounded by
 * their number, and of the explanations, bounded by the candidates in them: an explanation names every backend. To
 * explain costs as much as many decisions, so only some of each second are explained; the others are kept as summaries.
 */
import type { NearMiss, Stickiness, Tally } from "./decision.ts";
import type { Explanation } from "./explanation.ts";

/** Decisions that are explained in one second; a person who tries something out makes fewer. */
export const EXPLAINED_PER_SECOND_MAX = 20;

/** Candidates looked at for explanations in one second, so that a large fleet spends no more on them than 2 % of a core. */
export const CANDIDATES_PER_SECOND_MAX = 20_000;

/** Candidates in all explanations that are kept: about 10 MB. */
export const CANDIDATES_KEPT_MAX = 50_000;

/** Why a decision is kept without its candidates: too many in that second, or newer ones took their room. */
export type Unexplained = "over_budget" | "gave_way";

/** What came of an ask. */
export type DecisionOutcome =
  | {
    readonly kind: "placed";
    readonly backendId: string;
    /** Number of the lease. */
    readonly leaseId: number;
    readonly stickiness: Stickiness;
    /** How long it waited for room, milliseconds; undefined when it did not. */
    readonly waitedMs: number | undefined;
  }
  | {
    readonly kind: "refused";
    readonly tally: Tally;
    readonly fleetSize: number;
    readonly nearest: NearMiss | undefined;
    readonly waitedMs: number | undefined;
  }
  /** The caller left, or the server stopped, while it waited. */
  | { readonly kind: "withdrawn"; readonly waitedMs: number };

/** One decision. */
export interface LoggedDecision {
  /** Id of the request that asked. */
  readonly requestId: string;
  /** When it was decided, wall-clock milliseconds. */
  readonly atMs: number;
  /** Who asked: a caller of the API, or the proxy for a request. */
  readonly source: "route" | "proxy";
  /** Name of the tier. */
  readonly tier: string;
  /** The session's id, if one was named. */
  readonly stickyId: string | undefined;
  /** Where the caller is, if that is known. */
  readonly place:
    | { readonly latitude: number; readonly longitude: number }
    | undefined;
  /** What came of it. */
  readonly outcome: DecisionOutcome;
  /** The candidates as they stood before the booking, or why they are not there. */
  readonly explanation: Explanation | Unexplained;
}

/** Which decisions are wanted; absent means all. */
export interface DecisionFilter {
  /** Name of the tier. */
  readonly tier?: string | undefined;
  /** What came of the ask. */
  readonly outcome?: DecisionOutcome["kind"] | undefined;
}

/** Settings of the log. */
export interface DecisionLogOptions {
  /** Decisions that are kept, 0 for none. */
  readonly entries: number;
  /** Part of the explained decisions that a database is to have, percent. */
  readonly samplePct: number;
}

/** Who gets the sampled decisions. */
export interface Sampling {
  /** A number from 0 (included) to 1 (excluded). */
  readonly chance: () => number;
  /** Takes one. */
  readonly take: (decision: LoggedDecision) => void;
}

/** The length of a window of the budget, milliseconds. */
const WINDOW_MS = 1000;

/** The newest decisions. */
export class DecisionLog {
  #options: DecisionLogOptions;
  readonly #sampling: Sampling | undefined;
  /** Decision number n stands at n modulo the number of entries. */
  #ring: LoggedDecision[] = [];
  #count = 0;
  #added = 0;
  /** No decision before this one has its candidates still. */
  #explainedFrom = 0;
  #candidates = 0;
  #windowEnd = -Infinity;
  #windowExplained = 0;
  #windowCandidates = 0;

  /** Nothing was decided yet; without `sampling` nobody gets samples. */
  constructor(options: DecisionLogOptions, sampling?: Sampling) {
    this.#options = options;
    this.#sampling = sampling;
  }

  /** Decisions that were kept since the start, those that gave way included. */
  get added(): number {
    return this.#added;
  }

  /** Goes on under other settings; of the decisions that are there, the newest stay. */
  configure(options: DecisionLogOptions): void {
    const kept = this.recent(options.entries).toReversed();
    this.#options = options;
    this.#ring = kept;
    this.#count = kept.length;
    this.#explainedFrom = 0;
    this.#candidates = kept.reduce((sum, one) => sum + candidatesOf(one), 0);
  }

  /**
   * Whether the decision that is made at `now` (monotonic milliseconds) should be explained. One that is counts against
   * its second; ask once for each decision, and explain before the room is booked.
   */
  wants(now: number): boolean {
    if (now >= this.#windowEnd) {
      const { entries, samplePct } = this.#options;
      if (entries === 0 && samplePct === 0) return false;
      this.#windowEnd = now + WINDOW_MS;
      this.#windowExplained = 0;
      this.#windowCandidates = 0;
    }
    if (
      this.#windowExplained >= EXPLAINED_PER_SECOND_MAX ||
      this.#windowCandidates >= CANDIDATES_PER_SECOND_MAX
    ) return false;
    this.#windowExplained++;
    return true;
  }

  /** Keeps a decision; the oldest gives way. */
  add(decision: LoggedDecision): void {
    const size = candidatesOf(decision);
    this.#windowCandidates += size;
    this.#sample(decision);
    const { entries } = this.#options;
    if (entries === 0) return;
    const at = this.#count % entries;
    const oldest = this.#ring[at];
    if (oldest !== undefined) this.#candidates -= candidatesOf(oldest);
    this.#ring[at] = decision;
    this.#count++;
    this.#added++;
    if (size > 0) {
      this.#candidates += size;
      this.#makeRoom();
    }
  }

  /** The newest decision about a request. */
  find(requestId: string): LoggedDecision | undefined {
    for (const decision of this.#newestFirst()) {
      if (decision.requestId === requestId) return decision;
    }
    return undefined;
  }

  /** The newest decisions that are wanted, newest first. */
  recent(limit: number, filter: DecisionFilter = {}): LoggedDecision[] {
    const { tier, outcome } = filter;
    const found: LoggedDecision[] = [];
    for (const decision of this.#newestFirst()) {
      if (found.length >= limit) break;
      const isWanted = (tier === undefined || decision.tier === tier) &&
        (outcome === undefined || decision.outcome.kind === outcome);
      if (isWanted) found.push(decision);
    }
    return found;
  }

  #sample(decision: LoggedDecision): void {
    if (this.#sampling === undefined) return;
    if (typeof decision.explanation !== "object") return;
    if (this.#sampling.chance() * 100 >= this.#options.samplePct) return;
    this.#sampling.take(decision);
  }

  *#newestFirst(): Generator<LoggedDecision> {
    const { entries } = this.#options;
    for (let back = 1; back <= this.#ring.length; back++) {
      const decision = this.#ring[(this.#count - back) % entries];
      if (decision !== undefined) yield decision;
    }
  }

  /** Takes the oldest explanations out until the rest fit; each decision is passed once. */
  #makeRoom(): void {
    const { entries } = this.#options;
    let next = Math.max(this.#explainedFrom, this.#count - this.#ring.length);
    while (this.#candidates > CANDIDATES_KEPT_MAX && next < this.#count) {
      const at = next++ % entries;
      const decision = this.#ring[at];
      if (decision === undefined) continue;
      const size = candidatesOf(decision);
      if (size === 0) continue;
      this.#candidates -= size;
      this.#ring[at] = { ...decision, explanation: "gave_way" };
    }
    this.#explainedFrom = next;
  }
}

function candidatesOf({ explanation }: LoggedDecision): number {
  return typeof explanation === "object" ? explanation.candidates.length : 0;
}
