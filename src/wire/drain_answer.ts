/** The draining of backends as operators see it: one, all of them, and as a part of `GET /clients`. */
import * as z from "zod";
import type { DrainView } from "../engine/drain.ts";

/** One backend's draining; instants are RFC 3339 in UTC. */
export const drainState = z.object({
  /** `drained` when nothing was left on it, or its deadline has passed; `none` when the machine is in service. */
  state: z.enum(["draining", "drained"]),
  /** Who asked for it: an operator, or the client on the machine itself. */
  by: z.array(z.enum(["operator", "agent"])),
  /** When it began. */
  since: z.string(),
  /** When sessions that are left are moved; absent when they may stay as long as they live. */
  deadline: z.string().optional(),
  /** Sessions that have a live lease on it. */
  sessions: z.number(),
  /** Requests that it works on now. */
  in_flight: z.number(),
});

/** The JSON of it. */
export type DrainState = z.output<typeof drainState>;

/** Whose it is, and whether a change of it would survive a restart. */
const subject = {
  /** The machine. */
  client_id: z.string(),
  /** False when the database did not take a change, so that a restart forgets it. */
  durable: z.literal(false).optional(),
};

/** The answer about one backend: to `GET`, to a drain, to an undrain. */
export const drainAnswer = z.discriminatedUnion("state", [
  drainState.extend(subject),
  z.object({ ...subject, state: z.literal("none") }),
]);

/** The JSON of that answer. */
export type DrainAnswer = z.output<typeof drainAnswer>;

/** The answer of `GET /_opsen/drains`: every backend that is being drained or is drained, first registered first. */
export const drainsAnswer = z.object({
  /** First registered first. */
  drains: z.array(drainState.extend({
    /** The machine. */
    client_id: z.string(),
  })),
});

/** The JSON of that answer. */
export type DrainsAnswer = z.output<typeof drainsAnswer>;

/** A view under its JSON names. `instant` writes a monotonic instant as RFC 3339. */
export function drainStateOf(
  { state, by, since, deadlineAt, sessions, inFlight }: DrainView,
  instant: (monotonicMs: number) => string,
): DrainState {
  return {
    state,
    by: [...by],
    since: instant(since),
    ...(deadlineAt !== undefined && { deadline: instant(deadlineAt) }),
    sessions,
    in_flight: inFlight,
  };
}
