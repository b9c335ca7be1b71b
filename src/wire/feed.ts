/**
 * The live feed of the dashboard, `GET /_opsen/ui/feed`: server-sent events, each with one of these as its JSON. `hello`
 * comes first, then a `fleet` with every backend and the newest `decisions`; after that, each second, only what is new.
 */
import * as z from "zod";
import { clientView } from "./client_view.ts";
import { decisionSummary } from "./decision_answer.ts";
import { healthAnswer } from "./answers.ts";

/** Event `hello`: who speaks, and what the reader may do. */
export const feedHello = z.object({
  /** Of the server's program. */
  version: z.string(),
  /** Of the server's machine. */
  hostname: z.string(),
  /** When the server was started, RFC 3339 in UTC. */
  started_at: z.string(),
  /** Names of the tiers in the order of the configuration. */
  tiers: z.array(z.string()),
  /** Name of the key that was shown; absent where everything is open. */
  key_name: z.string().optional(),
  /** Whether the reader may drain and release. */
  may_change: z.boolean(),
  /** Where the server is; absent when that is not known. */
  place: z.object({
    /** Degrees north. */
    latitude: z.number(),
    /** Degrees east. */
    longitude: z.number(),
  }).optional(),
});

/** Event `fleet`: backends that are new or have changed, and the ids of those that are gone. */
export const feedFleet = z.object({
  /** When the fleet was looked at, RFC 3339 in UTC. */
  at: z.string(),
  /** Whether the fleet is told anew, so that others are gone. Of a large one the rest follows in further events. */
  whole: z.boolean(),
  /** Machines that are new or have changed, or a part of all of them. */
  clients: z.array(clientView),
  /** Ids of machines that are no longer there. */
  gone: z.array(z.string()),
});

/** Event `decisions`: newest last. */
export const feedDecisions = z.object({
  /** Those since the event before, newest last; of many only the newest. */
  decisions: z.array(decisionSummary),
  /** How many more there were than are told; 0 in the first event. */
  skipped: z.number(),
});

/** Event `state`: once a second. Totals count from the server's start. */
export const feedState = z.object({
  /** When this was so, RFC 3339 in UTC. */
  at: z.string(),
  /** What `GET /health` answers. */
  health: healthAnswer,
  /** Open connections from callers. */
  connections: z.number(),
  /** Requests between their head and the end of their response. */
  in_flight: z.number(),
  /** Live leases, those of single requests among them. */
  leases: z.number(),
  /** Sessions that have a machine, counted once for each tier. */
  sessions: z.number(),
  /** Asks that wait for room. */
  waiting: z.number(),
  /** Decisions by result: `placed`, `refused`, `unknown_tier`, `key_reused`. */
  decisions_total: z.record(z.string(), z.number()),
  /** Machines passed over in refusals, by the names that `reason` has in a Candidate. */
  refusal_reasons_total: z.record(z.string(), z.number()),
  /** Requests that have ended, by class of their status: `2xx`, `4xx`, ... */
  requests_total: z.record(z.string(), z.number()),
});

/** The JSON of each. */
export type FeedHello = z.output<typeof feedHello>;
export type FeedFleet = z.output<typeof feedFleet>;
export type FeedDecisions = z.output<typeof feedDecisions>;
export type FeedState = z.output<typeof feedState>;
