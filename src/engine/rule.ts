/** What a routing rule answers about one backend and one tier: does it fit, at what score, and if not, why. */
import type { RefusalReason } from "./decision.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** One dimension in which a backend has too little. */
export interface Lack {
  /** The dimension. */
  readonly reason: RefusalReason;
  /** What there is, in the dimension's unit. */
  readonly have: number;
  /** What is wanted. */
  readonly need: number;
}

/** Parts of a score in points, distance aside; they sum to it. */
export interface Terms {
  /** Use of the least loaded cores. */
  readonly cpu: number;
  /** Use of the memory. */
  readonly memory: number;
  /** Use of the GPUs; 0 for tiers without. */
  readonly gpu: number;
  /** Measured latency, and for single requests the response time to expect. */
  readonly latency: number;
  /** For coming close to full. */
  readonly knee: number;
  /** For passing a target. */
  readonly guard: number;
}

/** A rule. Scores are without the distance to the caller; lower is better, Infinity does not fit. */
export interface Rule {
  /** Its name in the configuration. */
  readonly name: "adaptive" | "classic";
  /** Whether single requests are scored otherwise than sessions. */
  readonly splitsRequests: boolean;
  /** Points of a session for so many km; they grow with them. Undefined when a kilometre is a point. */
  readonly pointsOfKm: ((km: number) => number) | undefined;
  /** Points per kilometre for single requests. */
  readonly requestKmWeight: number;
  /** The score of a backend. */
  score(slot: Slot, tier: Tier, isRequest: boolean): number;
  /** The parts of that score, whether it fits or not. */
  terms(slot: Slot, tier: Tier, isRequest: boolean): Terms;
  /** Every dimension of room in which the backend has too little, in the order of the reasons. */
  lacks(slot: Slot, tier: Tier, isRequest: boolean): readonly Lack[];
  /** Whether the room would do if no lease took anything: then only the end of leases can help. */
  fitsByUse(slot: Slot, tier: Tier): boolean;
  /** How full the backend would be with one more; the emptier of two near equals wins. */
  filled(slot: Slot, tier: Tier, isRequest: boolean): number;
  /** How far above the best score still counts as equal; 0 when the best alone is taken. */
  band(best: number, isRequest: boolean): number;
  /** News of a backend's report or of a session that began or ended: what is derived of them is made anew. */
  settle(slot: Slot): void;
  /** Learns from an answer or an error that took so long, milliseconds. */
  learn(slot: Slot, answerMs: number, isError: boolean, now: number): void;
  /** Time has passed: true when scores have changed with it. */
  advance(slots: readonly Slot[], now: number): boolean;
}
