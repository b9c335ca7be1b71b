/** What the server answers, apart from the list of backends: sessions placed, health, purges, and every refusal. */
import * as z from "zod";
import type { Placed } from "../engine/decision.ts";
import { leaseIdOf } from "./lease_id.ts";
import { nearMissAnswer } from "./near_miss.ts";

/** Where to send the session. */
export const routeAnswer = z.object({
  client_id: z.string(),
  endpoint: z.string(),
  hostname: z.string(),
  /** Great-circle kilometres; 0 when either place is not known. */
  distance_km: z.number(),
  /** What renews and releases the booking; absent in the answer of a Go server. */
  lease_id: z.string().optional(),
  /** When the booking ends by itself, RFC 3339; absent in the answer of a Go server. */
  expires_at: z.string().optional(),
  /** Device ids of the booked GPUs; only for tiers that need some. */
  gpus: z.array(z.number()).optional(),
  /** How long the ask waited for room; absent when it did not. */
  waited_ms: z.number().optional(),
  /** False when the database did not take the booking, so that a restart forgets it. */
  durable: z.literal(false).optional(),
});

/** The JSON of the answer. */
export type RouteAnswer = z.output<typeof routeAnswer>;

/** The answer of `POST /register` and, with other words, of `POST /stats`. */
export interface Acknowledgement {
  readonly status: "registered" | "ok";
  /** False when only memory holds it, so that a restart forgets it. */
  readonly durable?: false;
  /** The backend drains, as its client said, and nothing is left on it. */
  readonly drained?: true;
  /** Which machines use the client's id beside it, in words for people. */
  readonly conflict?: string;
}

/**
 * The answer of `GET /health`. `status` says "healthy" for as long as the server decides, also while the database takes
 * no writes: scripts restart what is not healthy, and a restart would lose what only memory holds.
 */
export const healthAnswer = z.object({
  status: z.string(),
  timestamp: z.string(),
  total_clients: z.number(),
  active_clients: z.number(),
  /** Of those, how many take new work, room aside; absent in the answer of a Go server. */
  available_clients: z.number().optional(),
  version: z.string().optional(),
  /** Whether the database takes writes; absent in the answer of a Go server. */
  store: z.discriminatedUnion("status", [
    z.object({ status: z.literal("ok") }),
    z.object({
      status: z.literal("degraded"),
      since: z.string(),
      reason: z.string(),
    }),
  ]).optional(),
  /** Asks that wait for room; absent when nobody may wait. */
  queue: z.object({ depth: z.number() }).optional(),
  /** More than half of the backends that report are out, and whether they get work all the same; absent in calm. */
  panic: z.object({
    out: z.number(),
    of: z.number(),
    mode: z.enum(["fail_open", "fail_closed"]),
  }).optional(),
  /** The configuration in force: its version, the first digits of its hash, and since when; absent where it can't change. */
  config: z.object({
    version: z.number(),
    hash: z.string(),
    applied_at: z.string(),
  }).optional(),
  /** Configurations that were refused since the start. */
  refused_reloads: z.number().optional(),
});

/** The JSON of the answer. */
export type HealthAnswer = z.output<typeof healthAnswer>;

/** The answers of both purges. How much was purged: backends, or holds. */
export const purgeAnswer = z.object({
  status: z.literal("success"),
  purged: z.number(),
  /** Of the purged backends, those that were in memory; only when backends were purged. */
  cache_purged: z.number().optional(),
  /** Of the purged backends, those that only the database knew; only when backends were purged. */
  db_purged: z.number().optional(),
  timestamp: z.string(),
});

/** The JSON of the answer. */
export type PurgeAnswer = z.output<typeof purgeAnswer>;

/** A refusal. */
export const problemBody = z.object({
  /** A name, not an address: `urn:opsen:problem:` and the code. */
  type: z.string(),
  title: z.string(),
  status: z.number(),
  /** The words for people; those of the Go server where it had some. */
  detail: z.string(),
  /** The word for programs; never changes. */
  code: z.string(),
  /** Finds the request in the server's log; empty when it was none yet, as plain HTTP on a TLS port. */
  request_id: z.string().default(""),
  /** What is wrong with which field. */
  errors: z.array(z.object({ field: z.string(), detail: z.string() }))
    .optional(),
  /** Ids of the backends that are unavailable; only when that is why. */
  unavailable: z.array(z.string()).optional(),
  /** What is wrong with a configuration, a line each as at start. */
  problems: z.array(z.string()).optional(),
  /** How many backends each reason removed; sums to `fleet_size`. */
  tally: z.record(z.string(), z.number()).optional(),
  fleet_size: z.number().optional(),
  /** The backend that lacks least; absent when none takes work at all. */
  nearest: nearMissAnswer.optional(),
  /** When room may be free, from now; what `Retry-After` says in whole seconds. */
  retry_after_ms: z.number().optional(),
  /** How waiting for room ended; absent when nobody may wait. */
  queue: z.object({
    state: z.enum(["timed_out", "full"]),
    /** Asks that wait still. */
    depth: z.number(),
    waited_ms: z.number(),
  }).optional(),
});

/** The JSON of a refusal. */
export type ProblemBody = z.output<typeof problemBody>;

/** What an answer says beside the placement itself. */
export interface RouteExtras {
  /** When the booking ends by itself, RFC 3339. */
  readonly expiresAt: string;
  /** Whether the database has it. */
  readonly isDurable: boolean;
  /** How long the ask waited for room, milliseconds; undefined when it did not. */
  readonly waitedMs: number | undefined;
}

/** The placement under its JSON names. */
export function routeAnswerOf(
  placed: Placed,
  { expiresAt, isDurable, waitedMs }: RouteExtras,
): RouteAnswer {
  const { leaseId, gpus } = placed.hold;
  const body: RouteAnswer = {
    client_id: placed.backendId,
    endpoint: placed.endpoint,
    hostname: placed.hostname,
    distance_km: placed.distanceKm,
    lease_id: leaseIdOf(leaseId),
    expires_at: expiresAt,
  };
  if (gpus.length > 0) body.gpus = [...gpus];
  if (waitedMs !== undefined) body.waited_ms = Math.round(waitedMs);
  if (!isDurable) body.durable = false;
  return body;
}
