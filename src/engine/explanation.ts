/** Why a decision comes out as it does: every backend with what removed it, or with every term of its score. */
import {
  type Ask,
  isSingle,
  type NearMiss,
  type RefusalReason,
} from "./decision.ts";
import type { Fleet } from "./fleet.ts";
import type { Rule, Terms } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";
import { unfitOf, unitOf } from "./unfit.ts";

/** One dimension in which a backend has too little; or its place, of which it has too many km. */
export interface Shortage {
  /** The dimension. */
  readonly reason: RefusalReason;
  /** What there is; how far it is. */
  readonly have: number;
  /** What is wanted; how far it may be. */
  readonly need: number;
  /** In what both are counted. */
  readonly unit: NearMiss["unit"];
}

/** A backend that could take the tier, and its score. */
export interface Fitting {
  /** Tells the candidates apart. */
  readonly kind: "fits";
  /** The backend's id. */
  readonly backendId: string;
  /** Host name of the backend. */
  readonly hostname: string;
  /** Kilometres to the caller; undefined when either place is unknown. */
  readonly distanceKm: number | undefined;
  /** The sum of the terms; the lowest wins. */
  readonly score: number;
  /** Every term in points. */
  readonly terms: Terms & { readonly distance: number };
}

/** A backend that could not, and why. */
export interface Removed {
  /** Tells the candidates apart. */
  readonly kind: "removed";
  /** The backend's id. */
  readonly backendId: string;
  /** Host name of the backend. */
  readonly hostname: string;
  /** Kilometres to the caller; undefined when either place is unknown. */
  readonly distanceKm: number | undefined;
  /** The first reason that applies, the one it is counted under. */
  readonly reason: RefusalReason;
  /** Every dimension in which it has too little; none when it takes no work at all, or is in another country. */
  readonly shortages: readonly Shortage[];
  /** Where it is, when that is what removed it; empty when it is not known. */
  readonly country?: string;
}

/** One backend of an explanation. */
export type Candidate = Fitting | Removed;

/** All backends for one ask: those that fit by score, then the others as they registered. */
export interface Explanation {
  /** Name of the tier. */
  readonly tier: string;
  /** The rule that decides. */
  readonly mode: Rule["name"];
  /** Whether the ask was scored as a single request. */
  readonly isRequest: boolean;
  /** Every backend. */
  readonly candidates: readonly Candidate[];
  /** The second best, when there are two. */
  readonly runnerUp: string | undefined;
  /** Points between the best two. */
  readonly margin: number | undefined;
}

/** Explains what would be decided now; nothing is booked. */
export function explain(
  fleet: Fleet,
  rule: Rule,
  tier: Tier,
  ask: Ask,
): Explanation {
  const isRequest = isSingle(ask) && rule.splitsRequests;
  const fitting: Fitting[] = [];
  const removed: Removed[] = [];
  for (const slot of fleet.slots) {
    const km = fleet.kmFrom(ask.place, slot);
    const isKnown = ask.place !== undefined &&
      slot.registration.place !== undefined;
    const distanceKm = isKnown ? km : undefined;
    const reason = removedBy(slot, rule, tier, isRequest, km);
    if (reason !== undefined) {
      removed.push({ ...removedSlot(slot, reason), distanceKm });
      continue;
    }
    const terms = {
      ...rule.terms(slot, tier, isRequest),
      distance: distancePoints(rule, km, isRequest),
    };
    const score = rule.score(slot, tier, isRequest) + terms.distance;
    fitting.push({ kind: "fits", ...nameOf(slot), distanceKm, score, terms });
  }
  fitting.sort((a, b) => a.score - b.score);
  const [best, second] = fitting;
  return {
    tier: tier.name,
    mode: rule.name,
    isRequest,
    candidates: [...fitting, ...removed],
    runnerUp: second?.backendId,
    margin: best === undefined || second === undefined
      ? undefined
      : second.score - best.score,
  };
}

type Reason = Pick<Removed, "reason" | "shortages" | "country">;

function removedBy(
  slot: Slot,
  rule: Rule,
  tier: Tier,
  isRequest: boolean,
  km: number,
): Reason | undefined {
  const unfit = unfitOf(slot, rule, tier, isRequest, km);
  if (unfit === undefined) return undefined;
  const shortages = unfit.lacks.map((lack) => ({
    ...lack,
    unit: unitOf(lack, tier),
  }));
  const { reason } = unfit;
  const isElsewhere = reason === "place" && shortages.length === 0;
  const country = slot.registration.place?.country ?? "";
  return { reason, shortages, ...(isElsewhere && { country }) };
}

/** As the fleet adds them up when it places. */
function distancePoints(rule: Rule, km: number, isRequest: boolean): number {
  if (isRequest) return rule.requestKmWeight * km;
  return rule.pointsOfKm === undefined ? km : rule.pointsOfKm(km);
}

function removedSlot(slot: Slot, reason: Reason) {
  return { kind: "removed" as const, ...nameOf(slot), ...reason };
}

function nameOf({ registration }: Slot) {
  return { backendId: registration.id, hostname: registration.hostname };
}
