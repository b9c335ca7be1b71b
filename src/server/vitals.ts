/** How a running server is, for its service manager. Owner of nothing. */
import type { Balancer } from "../engine/balancer.ts";
import type { Clock, Store } from "../ports.ts";
import type { Vitals } from "../service/service_manager.ts";
import type { ConfigControl } from "../wire/reload_outcome.ts";

/** What is looked at. */
export interface VitalsParts {
  readonly balancer: Balancer;
  readonly store: Store;
  readonly clock: Clock;
  readonly door: { readonly address: Deno.NetAddr };
  readonly plane: { readonly configuration: ConfigControl | undefined };
}

/** No request has this id, so that the look finds nothing. */
const NO_REQUEST = "";

/** The vitals of a server. */
export function vitalsOf(
  { balancer, store, clock, door, plane }: VitalsParts,
): Vitals {
  return {
    status() {
      const { active } = balancer.census(clock.monotonicMs());
      const { hostname, port } = door.address;
      const [problem] = plane.configuration?.pendingProblems ?? [];
      // What is wrong comes first: the line is cut, and the rest is no news.
      return [
        ...problem === undefined ? [] : [`configuration refused: ${problem}`],
        ...store.status().kind === "ok" ? [] : ["the database takes no writes"],
        `${active} of ${balancer.size} backends active`,
        `listens on ${hostname} port ${port}`,
      ].join("; ");
    },
    responds() {
      // Asks the connection that writes; a database that only refuses answers too, and is no reason to start anew.
      store.findDecision(NO_REQUEST);
      return Promise.resolve();
    },
  };
}
