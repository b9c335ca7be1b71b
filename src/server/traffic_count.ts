/** Counts what the dashboard shows of the traffic. Owner of the counts, bounded by lists of ours. */
import type { Decision } from "../engine/decision.ts";
import type {
  DecisionMeter,
  RequestObserver,
  RequestRecord,
  TrafficTotals,
} from "../traffic_ports.ts";

/** Classes of status codes; the first is for requests that were not answered. */
const CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** The counts of one server. */
export class TrafficCount implements RequestObserver, DecisionMeter {
  readonly #requests = CLASSES.map(() => 0);
  readonly #decisions: Record<Decision["kind"], number> = {
    placed: 0,
    refused: 0,
    unknown_tier: 0,
    key_reused: 0,
  };
  readonly #refusalReasons: Record<string, number> = {};

  ended({ status }: RequestRecord): void {
    const index = Math.floor(status / 100);
    this.#requests[index < CLASSES.length ? index : 0]!++;
  }

  decided(decision: Decision): void {
    this.#decisions[decision.kind]++;
    if (decision.kind !== "refused") return;
    const { tally } = decision;
    for (const reason in tally) {
      const count = tally[reason as keyof typeof tally];
      if (count === 0) continue;
      this.#refusalReasons[reason] = (this.#refusalReasons[reason] ?? 0) +
        count;
    }
  }

  /** The counts now, with what goes on in the edge. */
  totals(
    { connections, inFlight }: Pick<TrafficTotals, "connections" | "inFlight">,
  ): TrafficTotals {
    const requests = CLASSES.map((name, index) =>
      [name, this.#requests[index] ?? 0] as const
    );
    return {
      connections,
      inFlight,
      decisions: this.#decisions,
      refusalReasons: this.#refusalReasons,
      requests: Object.fromEntries(requests.filter(([, count]) => count > 0)),
    };
  }
}
