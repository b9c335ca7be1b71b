/** Counts decisions. Owner of the counters; bounded by {@link TIERS_MAX} tiers, and by lists of ours for all else. */
import type { Decision, RefusalReason, Tally } from "../engine/decision.ts";
import type {
  DecisionMeter,
  DecisionSource,
  TrafficTotals,
} from "../traffic_ports.ts";
import { CounterFamily, HistogramFamily } from "./counted.ts";
import type { Family } from "./family.ts";
import { type Counter, type Histogram, sumOf } from "./instruments.ts";

/** Tiers with counters of their own, counted over all configurations; callers' words for others share one. */
export const TIERS_MAX = 300;

/** Stands for every tier that is not configured. */
export const OTHER_TIER = "other";

/** Ends of buckets, seconds: a decision takes some microseconds, in a large fleet without room a millisecond. */
const DECISION_SECONDS = [
  ...[0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005],
  ...[0.001, 0.0025, 0.005, 0.01, 0.05, 0.25],
];

/** Ends of buckets, seconds: asks wait for room up to `queue.max_wait_seconds`. */
const WAIT_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Why nothing was placed; the engine's reasons, and that there was nobody to ask. */
type Reason = RefusalReason | "no_backends";

/** The counters of one tier. */
interface TierCounters {
  readonly placed: Counter;
  readonly keyReused: Counter;
  /** Made when they are needed: of ten reasons a tier meets few. */
  readonly refused: Map<Reason, Counter>;
}

/** Counts decisions. */
export class DecisionMetrics implements DecisionMeter {
  readonly #decisions = new CounterFamily({
    name: "opsen_decisions",
    help:
      "Decisions by result, one more for each further backend that a request tries; the reason of a refusal is the one that passed over most backends",
  });
  readonly #passedOver = new CounterFamily({
    name: "opsen_refusal_reasons",
    help: "Backends that refusals passed over, by reason",
  });
  readonly #seconds = new HistogramFamily({
    name: "opsen_decision_duration_seconds",
    help: "Time that choosing and booking took, by who asked",
    unit: "seconds",
  }, DECISION_SECONDS);
  readonly #waits = new HistogramFamily({
    name: "opsen_queue_wait_seconds",
    help: "Time that asks waited for room, by how that ended",
    unit: "seconds",
  }, WAIT_SECONDS);
  readonly #tiers = new Map<string, TierCounters>();
  readonly #reasons = new Map<RefusalReason, Counter>();
  readonly #bySource: Readonly<Record<DecisionSource, Histogram>> = {
    route: this.#seconds.of({ source: "route" }),
    proxy: this.#seconds.of({ source: "proxy" }),
  };
  readonly #waited = {
    placed: this.#waits.of({ result: "placed" }),
    refused: this.#waits.of({ result: "refused" }),
  };
  readonly #other = this.#countersOf(OTHER_TIER);
  readonly #unknown = this.#counter("unknown_tier", OTHER_TIER);

  /** Counts for these tiers from now on. */
  configure(tiers: readonly string[]): void {
    for (const tier of tiers) {
      const isKnown = this.#tiers.has(tier) || tier === OTHER_TIER;
      if (isKnown || this.#tiers.size >= TIERS_MAX) continue;
      this.#tiers.set(tier, this.#countersOf(tier));
    }
  }

  /** In the order in which they matter. */
  get families(): readonly Family[] {
    return [this.#decisions, this.#passedOver, this.#seconds, this.#waits];
  }

  /** Decisions by result, and backends that refusals passed over by reason; over all tiers. */
  get totals(): Pick<TrafficTotals, "decisions" | "refusalReasons"> {
    const tiers = [...this.#tiers.values(), this.#other];
    return {
      decisions: {
        placed: sumOf(tiers.map(({ placed }) => placed)),
        refused: sumOf(tiers.flatMap(({ refused }) => [...refused.values()])),
        unknown_tier: this.#unknown.value,
        key_reused: sumOf(tiers.map(({ keyReused }) => keyReused)),
      },
      refusalReasons: Object.fromEntries(
        [...this.#reasons].map(([reason, { value }]) => [reason, value]),
      ),
    };
  }

  decided(
    decision: Decision,
    tier: string,
    source: DecisionSource,
    tookMs: number,
    waitedMs: number | undefined,
  ): void {
    this.#bySource[source].observe(tookMs / 1000);
    const counters = this.#tiers.get(tier) ?? this.#other;
    switch (decision.kind) {
      case "placed":
        counters.placed.increment();
        if (waitedMs !== undefined) {
          this.#waited.placed.observe(waitedMs / 1000);
        }
        return;
      case "refused":
        this.#refused(decision.tally, tier, counters);
        if (waitedMs === undefined) return;
        return this.#waited.refused.observe(waitedMs / 1000);
      case "unknown_tier":
        return this.#unknown.increment();
      case "key_reused":
        return counters.keyReused.increment();
    }
  }

  #refused(tally: Tally, tier: string, { refused }: TierCounters): void {
    let most: Reason = "no_backends";
    let mostCount = 0;
    for (const key in tally) {
      const reason = key as RefusalReason;
      const count = tally[reason];
      if (count === 0) continue;
      this.#reason(reason).add(count);
      if (count > mostCount) [most, mostCount] = [reason, count];
    }
    let counter = refused.get(most);
    if (counter === undefined) {
      const name = this.#tiers.has(tier) ? tier : OTHER_TIER;
      counter = this.#counter("refused", name, most);
      refused.set(most, counter);
    }
    counter.increment();
  }

  #reason(reason: RefusalReason): Counter {
    let counter = this.#reasons.get(reason);
    if (counter === undefined) {
      counter = this.#passedOver.of({ reason });
      this.#reasons.set(reason, counter);
    }
    return counter;
  }

  #countersOf(tier: string): TierCounters {
    return {
      placed: this.#counter("placed", tier),
      keyReused: this.#counter("key_reused", tier),
      refused: new Map(),
    };
  }

  #counter(result: string, tier: string, reason = ""): Counter {
    return this.#decisions.of({ result, tier, reason });
  }
}
