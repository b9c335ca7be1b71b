/** What the server answers, apart from the list of backends: sessions placed, health, purges, and every refusal. */
import * as z from "zod";
import type { Placed } from "../engine/decision.ts";
import { leaseIdOf } from "./lease_id.ts";
import { nearMissAnswer } from "./near_miss.ts";

/** Where to send the session. */
export const routeAnswer = z.object({
  /** The machine that was chosen. */
  client_id: z.string(),
  /** URL of that machine, where the session goes. */
  endpoint: z.string(),
  /** As the machine reports it; may be empty. */
  hostname: z.string(),
  /** Great-circle kilometres; 0 when either place is not known. */
  distance_km: z.number(),
  /** What renews and releases the booking; absent in the answer of a Go server. */
  lease_id: z.string().optional(),
  /** When the booking ends by itself, RFC 3339; absent in the answer of a Go server. */
  expires_at: z.string().optional(),
  /** Device ids of the booked GPUs; only for tiers that need some. */
  gpus: z.array(z.number()).optional(),
  /** How long the ask waited for room, milliseconds; absent when it did not. */
  waited_ms: z.number().optional(),
  /** False when the database did not take the booking, so that a restart forgets it. */
  durable: z.literal(false).optional(),
});

/** The JSON of the answer. */
export type RouteAnswer = z.output<typeof routeAnswer>;

/** The answer of `POST /register` and, with other words, of `POST /stats`. */
export interface Acknowledgement {
  /** `registered` after a registration, `ok` after a report. */
  readonly status: "registered" | "ok";
  /** False when only memory holds it, so that a restart forgets it. */
  readonly durable?: false;
  /** The machine drains, as its client said, and nothing is left on it; absent otherwise. */
  readonly drained?: true;
  /** Which machines use the same id, in words for people; absent when none does. */
  readonly conflict?: string;
}

/**
 * The answer of `GET /health`. `status` says "healthy" for as long as the server decides, also while the database takes
 * no writes: scripts restart what is not healthy, and a restart would lose what only memory holds.
 */
export const healthAnswer = z.object({
  /** `healthy` for as long as the server decides, also while the database takes no writes. */
  status: z.string(),
  /** When this was answered, RFC 3339 in UTC. */
  timestamp: z.string(),
  /** Machines that are registered. */
  total_clients: z.number(),
  /** Machines that have registered or reported within `stale_minutes`. */
  active_clients: z.number(),
  /** Of the active ones, how many take new work, room aside; absent in the answer of a Go server. */
  available_clients: z.number().optional(),
  /** Of the server's program. */
  version: z.string().optional(),
  /** Whether the database takes writes; absent in the answer of a Go server. */
  store: z.discriminatedUnion("status", [
    z.object({ status: z.literal("ok") }),
    z.object({
      /** `degraded` while it takes none: what changes meanwhile is in memory alone. */
      status: z.literal("degraded"),
      /** When that began, RFC 3339 in UTC. */
      since: z.string(),
      /** What the database said, for people. */
      reason: z.string(),
    }),
  ]).optional(),
  /** Asks that wait for room; absent when nobody may wait. */
  queue: z.object({
    /** How many they are. */
    depth: z.number(),
  }).optional(),
  /** More than half of the machines that report are out, and what follows from that; absent in calm. */
  panic: z.object({
    /** Machines that report and are unhealthy or ejected. */
    out: z.number(),
    /** Machines that report; those that drain are not counted. */
    of: z.number(),
    /** `fail_open`: those that probes call unhealthy get work all the same; `fail_closed`: they get none. */
    mode: z.enum(["fail_open", "fail_closed"]),
  }).optional(),
  /** The configuration in force; absent where it can't change. */
  config: z.object({
    /** Counts from 1, over restarts. */
    version: z.number(),
    /** The first 12 hexadecimal digits of the SHA-256 of its documents. */
    hash: z.string(),
    /** When it came into force, RFC 3339 in UTC. */
    applied_at: z.string(),
    /** A newer one was looked at and refused; `opsen config history` says why. Absent where an older server answers. */
    is_newer_refused: z.boolean().optional(),
  }).optional(),
  /** Configurations that were refused since the start; absent where it can't change. */
  refused_reloads: z.number().optional(),
});

/** The JSON of the answer. */
export type HealthAnswer = z.output<typeof healthAnswer>;

/** The answers of both purges. */
export const purgeAnswer = z.object({
  /** Also when there was nothing to purge. */
  status: z.literal("success"),
  /** How many machines, or how many leases. */
  purged: z.number(),
  /** Of the purged machines, those that were in memory; only when machines were purged. */
  cache_purged: z.number().optional(),
  /** Of the purged machines, those that only the database knew; only when machines were purged. */
  db_purged: z.number().optional(),
  /** When it was done, RFC 3339 in UTC. */
  timestamp: z.string(),
});

/** The JSON of the answer. */
export type PurgeAnswer = z.output<typeof purgeAnswer>;

/** A refusal. */
export const problemBody = z.object({
  /** A name, not an address: `urn:opsen:problem:` and the code. */
  type: z.string(),
  /** What the code means, in a few words; the same for each refusal with it. */
  title: z.string(),
  /** The response's HTTP status. */
  status: z.number(),
  /** The words for people; those of the Go server where it had some. */
  detail: z.string(),
  /** The word for programs; never changes. */
  code: z.string(),
  /** Finds the request in the server's log; empty when it was none yet, as plain HTTP on a TLS port. */
  request_id: z.string().default(""),
  /** What is wrong with which field. */
  errors: z.array(z.object({
    /** Its path, such as `endpoints[0].url`; empty for the body as a whole. */
    field: z.string(),
    /** What it must be, for people. */
    detail: z.string(),
  })).optional(),
  /** Ids of the machines that are unavailable; only when that is why. */
  unavailable: z.array(z.string()).optional(),
  /** What is wrong with a configuration, or why the server is not ready, a line each. */
  problems: z.array(z.string()).optional(),
  /** How many machines each reason removed, by the names that `reason` has in a Candidate; sums to `fleet_size`. */
  tally: z.record(z.string(), z.number()).optional(),
  /** Machines that were looked at; only for want of room. */
  fleet_size: z.number().optional(),
  /** The machine that lacks least; absent when none takes work at all. */
  nearest: nearMissAnswer.optional(),
  /** When room may be free, milliseconds from now; what `Retry-After` says in whole seconds. */
  retry_after_ms: z.number().optional(),
  /** How waiting for room ended; absent when nobody may wait. */
  queue: z.object({
    /** `timed_out`: it took longer than an ask may wait; `full`: too many waited already. */
    state: z.enum(["timed_out", "full"]),
    /** Asks that wait still. */
    depth: z.number(),
    /** How long this ask waited, milliseconds. */
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
