/** What goes on in a server besides its fleet: connections, the queue, the store, the configuration, certificates, the log. */
import type { QueueView } from "../engine/wait_queue.ts";
import type { EventType, StoreCounts } from "../ports.ts";
import {
  type Family,
  gaugeBy,
  oneGauge,
  oneTotal,
  samplesBy,
  total,
} from "./family.ts";

/** What is read of a server. */
export interface ServerReading {
  /** As the drivers count them. */
  readonly connections: number;
  readonly upstreamConnections: number;
  readonly inFlight: number;
  /** Undefined where nobody may wait. */
  readonly queue: QueueView | undefined;
  readonly isPanic: boolean;
  /** Events that operators are told of, by type. */
  readonly events: ReadonlyMap<EventType, number>;
  readonly store: StoreCounts;
  readonly isStoreDegraded: boolean;
  /** Undefined where the configuration can't change. */
  readonly config:
    | { readonly version: number; readonly refused: number }
    | undefined;
  /** When certificates end, wall-clock milliseconds, by the key that names their file. */
  readonly certificateEnds: Iterable<readonly [key: string, atMs: number]>;
  /** Lines of the log that its stream did not take; undefined where nobody counts them. */
  readonly logLinesLost: number | undefined;
}

/** The families, in the order in which they matter. */
export function serverFamilies(reading: ServerReading): readonly Family[] {
  const { queue, store, config, logLinesLost } = reading;
  return [
    oneGauge({
      name: "opsen_requests_in_flight",
      help: "Requests between their head and the end of their answer",
    }, reading.inFlight),
    oneGauge({
      name: "opsen_connections",
      help: "Open connections from callers",
    }, reading.connections),
    oneGauge({
      name: "opsen_upstream_connections",
      help: "Open connections to backends and to the API",
    }, reading.upstreamConnections),
    oneGauge({
      name: "opsen_panic",
      help: "1 while more than half of the backends that report are out",
    }, reading.isPanic ? 1 : 0),
    total(
      {
        name: "opsen_events",
        help: "Events that operators are told of, by type",
      },
      samplesBy(
        "type",
        EVENT_TYPES.map((type) => [type, reading.events.get(type) ?? 0]),
      ),
    ),
    ...queue === undefined ? [] : queueFamilies(queue),
    oneGauge({
      name: "opsen_store_degraded",
      help: "1 while the database takes no writes",
    }, reading.isStoreDegraded ? 1 : 0),
    oneGauge({
      name: "opsen_store_queue_length",
      help: "Writes on their way to the database",
    }, store.waiting),
    oneTotal({
      name: "opsen_store_failures",
      help: "Attempts to write that the database did not take",
    }, store.failures),
    ...config === undefined ? [] : [
      oneGauge({
        name: "opsen_config_version",
        help: "Number of the configuration in force",
      }, config.version),
      oneTotal({
        name: "opsen_config_refused",
        help: "Configurations that were refused since the start",
      }, config.refused),
    ],
    gaugeBy(
      {
        name: "opsen_certificate_end_timestamp_seconds",
        help: "When the certificate ends, seconds since 1970",
        unit: "seconds",
      },
      "key",
      Array.from(
        reading.certificateEnds,
        ([key, atMs]) => [key, atMs / 1000] as const,
      ),
    ),
    ...logLinesLost === undefined ? [] : [oneTotal({
      name: "opsen_log_lines_lost",
      help: "Lines of the log that its stream did not take",
    }, logLinesLost)],
  ];
}

/** All of them from the start: an alert must see the first one as a step from 0. */
const EVENT_TYPES: readonly EventType[] = Object.keys(
  {
    "backend.ejected": true,
    "backend.returned": true,
    "backend.unhealthy": true,
    "backend.healthy": true,
    "backend.draining": true,
    "backend.drained": true,
    "backend.undrained": true,
    "backend.conflict": true,
    "fleet.panic": true,
    "fleet.calm": true,
    "config.applied": true,
    "config.refused": true,
    "certificate.expiring": true,
    "store.degraded": true,
    "store.recovered": true,
  } satisfies Record<EventType, true>,
) as EventType[];

function queueFamilies(queue: QueueView): readonly Family[] {
  return [
    gaugeBy(
      { name: "opsen_queue_depth", help: "Asks that wait for room, by tier" },
      "tier",
      Object.entries(queue.byTier),
    ),
    oneGauge({
      name: "opsen_queue_oldest_seconds",
      help: "How long the oldest of them has waited",
      unit: "seconds",
    }, queue.oldestMs / 1000),
    oneTotal({
      name: "opsen_queue_turned_away",
      help: "Asks that found the queue full",
    }, queue.turnedAway),
    oneTotal({
      name: "opsen_queue_withdrawn",
      help: "Asks whose callers left while they waited",
    }, queue.withdrawn),
  ];
}
