/**
 * Asks that wait for room: first come, first served among those of a tier, tiers of a higher priority first. Asks of
 * other tiers may pass one that does not fit yet, until it has waited too long: then one machine's room is kept for it.
 * Owner of the waiting asks, bounded by `lengthMax` and by `waitMsMax` for each.
 */
import {
  type Ask,
  type Decision,
  isSingle,
  type KeyReused,
  type Placed,
  type Refused,
  type Settled,
  type UnknownTier,
} from "./decision.ts";
import { hashOf } from "./distance.ts";
import { hasLimit } from "./place_rule.ts";
import type { Tier } from "./tier.ts";

/**
 * Lines of a tier that may not be far from its callers: whoever finds no room near Paris must not keep those near Tokyo
 * waiting. All places share so many lines, since every piece of news is offered to the first of each.
 */
const PLACE_LINES = 32;

/** Share of the longest wait after which others may not pass any more. */
const PASSED_SHARE = 0.25;

/** Settings of the queue. */
export interface QueueOptions {
  /** Asks that may wait. */
  readonly lengthMax: number;
  /** How long one may wait, milliseconds. */
  readonly waitMsMax: number;
}

/** How waiting ended. */
export type Waited = (Placed | Refused | KeyReused | UnknownTier) & {
  /** How long the ask waited, milliseconds. */
  readonly waitedMs: number;
};

/** Told once how the wait ended; called from within a call of the balancer, so it must not call the balancer back. */
export type OnWaited = (waited: Waited) => void;

/** One waiting ask. */
export interface Waiter {
  /** What is asked for. */
  readonly ask: Ask;
  /** The tier of the ask, as it is configured now. */
  tier: Tier;
  /** Place of the tier in the configuration. */
  tierIndex: number;
  /** When it began to wait, monotonic milliseconds. */
  readonly since: number;
  /** Told how the wait ended. */
  readonly onWaited: OnWaited;
  /** The line it stands in. */
  readonly line: Waiter[];
  /** Whether it has been served, refused or withdrawn. */
  isOver: boolean;
}

/** What operators see of the queue. */
export interface QueueView {
  /** Asks that wait. */
  readonly depth: number;
  /** Most that may wait. */
  readonly lengthMax: number;
  /** How many wait for each tier. */
  readonly byTier: Readonly<Record<string, number>>;
  /** How long the oldest has waited, milliseconds. */
  readonly oldestMs: number;
  /** Asks that got room after waiting, since the start. */
  readonly served: number;
  /** Asks that waited in vain, or whose key or tier came to stand for something else, or nothing, meanwhile. */
  readonly timedOut: number;
  /** Asks whose callers left. */
  readonly withdrawn: number;
  /** Asks that found the queue full. */
  readonly turnedAway: number;
  /** Mean wait of those served, milliseconds. */
  readonly servedMsMean: number;
  /** Longest wait of those served, milliseconds. */
  readonly servedMsMax: number;
}

/** Places an ask if it fits; undefined when it does not and nobody need know why. */
export type TryPlace = (waiter: Waiter) => Settled | undefined;

/** The waiting asks. */
export class WaitQueue {
  #options: QueueOptions;
  /** One line for each configured tier and kind of ask that has been waited for, {@link PLACE_LINES} where places count. */
  readonly #lines = new Map<string, Waiter[]>();
  #depth = 0;
  #served = 0;
  #timedOut = 0;
  #withdrawn = 0;
  #turnedAway = 0;
  #servedMs = 0;
  #servedMsMax = 0;

  /** Nobody waits. */
  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Takes other limits and tiers; whoever waits for a tier that is gone is told so, everybody else waits on. */
  reconfigure(
    options: QueueOptions,
    tiers: readonly Tier[],
    now: number,
  ): void {
    this.#options = options;
    const indexes = new Map(tiers.map(({ name }, index) => [name, index]));
    const lost: Waiter[] = [];
    for (const [key, line] of this.#lines) {
      for (const waiter of [...line]) {
        const tierIndex = indexes.get(waiter.tier.name);
        if (tierIndex === undefined) {
          this.#end(waiter);
          lost.push(waiter);
        } else {
          waiter.tierIndex = tierIndex;
          waiter.tier = tiers[tierIndex]!;
        }
      }
      if (line.length === 0) this.#lines.delete(key);
    }
    for (const waiter of lost) {
      const { name } = waiter.tier;
      this.#tell(waiter, { kind: "unknown_tier", tier: name }, now);
    }
  }

  /** Number of waiting asks. */
  get depth(): number {
    return this.#depth;
  }

  /** Appends an ask; undefined when the queue is full. */
  add(
    ask: Ask,
    tier: Tier,
    tierIndex: number,
    now: number,
    onWaited: OnWaited,
  ): Waiter | undefined {
    if (this.#depth >= this.#options.lengthMax) {
      this.#turnedAway++;
      return undefined;
    }
    const key = keyOf(ask, tier);
    const line = this.#lines.get(key) ?? [];
    this.#lines.set(key, line);
    const waiter = {
      ask,
      tier,
      tierIndex,
      since: now,
      onWaited,
      line,
      isOver: false,
    };
    line.push(waiter);
    this.#depth++;
    return waiter;
  }

  /** The caller has left. */
  withdraw(waiter: Waiter): void {
    if (waiter.isOver) return;
    this.#end(waiter);
    this.#withdrawn++;
  }

  /** Serves whoever fits now, in order; answers how each of them waited. */
  serve(now: number, tryPlace: TryPlace): void {
    const answers: [Waiter, Settled][] = [];
    for (const line of this.#byTurn()) {
      for (let first = line[0]; first !== undefined; first = line[0]) {
        const decision = tryPlace(first);
        if (decision === undefined || decision.kind === "refused") break;
        this.#end(first);
        answers.push([first, decision]);
      }
    }
    for (const [waiter, decision] of answers) this.#tell(waiter, decision, now);
  }

  /** Those that have waited for too long get what there is, or a refusal. */
  expire(now: number, place: (waiter: Waiter) => Settled): void {
    const late: Waiter[] = [];
    for (const line of this.#lines.values()) {
      for (let first = line[0]; first !== undefined; first = line[0]) {
        if (now - first.since < this.#options.waitMsMax) break;
        this.#end(first);
        late.push(first);
      }
    }
    const answers = late.map((waiter) => [waiter, place(waiter)] as const);
    for (const [waiter, decision] of answers) this.#tell(waiter, decision, now);
  }

  /** The first of each line that have been passed by for too long, in turn: what one waits for may not exist. */
  passedBy(now: number): Waiter[] {
    const limitMs = PASSED_SHARE * this.#options.waitMsMax;
    return this.#byTurn().flatMap(([first]) =>
      first !== undefined && now - first.since >= limitMs ? [first] : []
    );
  }

  /** The queue as operators see it. */
  view(now: number): QueueView {
    const byTier: Record<string, number> = {};
    let oldestMs = 0;
    for (const line of this.#lines.values()) {
      const [first] = line;
      if (first === undefined) continue;
      const { name } = first.tier;
      byTier[name] = (byTier[name] ?? 0) + line.length;
      oldestMs = Math.max(oldestMs, now - first.since);
    }
    return {
      depth: this.#depth,
      lengthMax: this.#options.lengthMax,
      byTier,
      oldestMs,
      served: this.#served,
      timedOut: this.#timedOut,
      withdrawn: this.#withdrawn,
      turnedAway: this.#turnedAway,
      servedMsMean: this.#served === 0 ? 0 : this.#servedMs / this.#served,
      servedMsMax: this.#servedMsMax,
    };
  }

  /** The lines in which somebody stands, the one whose turn it is first. */
  #byTurn(): Waiter[][] {
    return [...this.#lines.values()].filter((line) => line.length > 0)
      .sort(byTurn);
  }

  #tell(waiter: Waiter, decision: Decision, now: number): void {
    const waitedMs = now - waiter.since;
    if (decision.kind === "placed") {
      this.#served++;
      this.#servedMs += waitedMs;
      this.#servedMsMax = Math.max(this.#servedMsMax, waitedMs);
    } else this.#timedOut++;
    waiter.onWaited({ ...decision, waitedMs });
  }

  #end(waiter: Waiter): void {
    waiter.isOver = true;
    this.#depth--;
    waiter.line.splice(waiter.line.indexOf(waiter), 1);
  }
}

function byTurn(a: Waiter[], b: Waiter[]): number {
  const [first, second] = [a[0], b[0]];
  if (first === undefined || second === undefined) return 0;
  return second.tier.priority - first.tier.priority ||
    first.since - second.since;
}

/** A name of a tier may have spaces, and no control characters. */
function keyOf(ask: Ask, tier: Tier): string {
  const key = `${isSingle(ask) ? "request" : "session"}\0${tier.name}`;
  return ask.place !== undefined && hasLimit(tier)
    ? `${key}\0${hashOf(ask.place) % PLACE_LINES}`
    : key;
}
