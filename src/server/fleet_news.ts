/** Tells of what happens: to the log in words, to an operator's programs as events. Owns nothing. */
import { eventLineOf, serverEventOf } from "../events/fleet_events.ts";
import type { OnFleetEvent } from "../engine/fleet_event.ts";
import type { Clock, EventSink, Logger, StoreStatus } from "../ports.ts";

/** Who is told, and in which time. */
export interface NewsParts {
  readonly events: EventSink;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What the balancer is to call. */
export function fleetNews({ events, logger, clock }: NewsParts): OnFleetEvent {
  const instant = (monotonicMs: number) =>
    new Date(clock.wallMs() + (monotonicMs - clock.monotonicMs()))
      .toISOString();
  return (event) => {
    const { level, message, data } = eventLineOf(event, instant);
    logger[level](message, data);
    events.emit(serverEventOf(event, instant));
  };
}

/** What the store is to call when it begins or ends to be without its database; it logs that by itself. */
export function storeNews(events: EventSink): (status: StoreStatus) => void {
  return (status) => {
    switch (status.kind) {
      case "ok":
        return events.emit({ type: "store.recovered", data: {} });
      case "degraded":
        return events.emit({
          type: "store.degraded",
          data: {
            reason: status.reason,
            since: new Date(status.sinceMs).toISOString(),
          },
        });
    }
  };
}
