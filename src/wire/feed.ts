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
  version: z.string(),
  hostname: z.string(),
  started_at: z.string(),
  /** Names of the tiers in the order of the configuration. */
  tiers: z.array(z.string()),
  /** Name of the key that was shown; absent where everything is open. */
  key_name: z.string().optional(),
  /** Whether the reader may drain and release. */
  may_change: z.boolean(),
  /** Where the server is; absent when that is not known. */
  place: z.object({ latitude: z.number(), longitude: z.number() }).optional(),
});

/** Event `fleet`: backends that are new or have changed, and the ids of those that are gone. */
export const feedFleet = z.object({
  at: z.string(),
  /** Whether the fleet is told anew, so that others are gone. Of a large one the rest follows in further events. */
  whole: z.boolean(),
  clients: z.array(clientView),
  gone: z.array(z.string()),
});

/** Event `decisions`: newest last. */
export const feedDecisions = z.object({
  decisions: z.array(decisionSummary),
  /** How many more there were than are told. */
  skipped: z.number(),
});

/** Event `state`: once a second. Totals count from the server's start. */
export const feedState = z.object({
  at: z.string(),
  health: healthAnswer,
  connections: z.number(),
  in_flight: z.number(),
  leases: z.number(),
  sessions: z.number(),
  waiting: z.number(),
  /** Decisions by result: `placed`, `refused`, ... */
  decisions_total: z.record(z.string(), z.number()),
  /** Backends passed over in refusals, by reason. */
  refusal_reasons_total: z.record(z.string(), z.number()),
  /** Requests that have ended, by class of their status: `2xx`, `4xx`, ... */
  requests_total: z.record(z.string(), z.number()),
});

/** The JSON of each. */
export type FeedHello = z.output<typeof feedHello>;
export type FeedFleet = z.output<typeof feedFleet>;
export type FeedDecisions = z.output<typeof feedDecisions>;
export type FeedState = z.output<typeof feedState>;
