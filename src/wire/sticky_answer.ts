/** Where sessions go, as `/_opsen/sticky` shows it, and what forgetting one answers. */
import * as z from "zod";

/** A session's backend for one tier. */
export const stickyAssignment = z.object({
  /** The session. */
  sticky_id: z.string(),
  /** A session can be on another machine for each tier. */
  tier: z.string(),
  /** The machine that it goes to. */
  client_id: z.string(),
  /** The live lease that keeps it there; absent when it has none. */
  lease_id: z.string().optional(),
});

/** The answer of `GET /_opsen/sticky`: a page, ordered by session and tier. */
export const stickyPage = z.object({
  /** Ordered by session and tier. */
  assignments: z.array(stickyAssignment),
  /** How many there are on all pages. */
  total: z.number(),
  /** What `after` takes for the next page; absent on the last. */
  next: z.string().optional(),
});

/** The answer of `DELETE /_opsen/sticky/{sticky_id}`. */
export const stickyRemoval = z.object({
  /** Its next request is placed anew. */
  status: z.literal("removed"),
  /** The session. */
  sticky_id: z.string(),
  /** Where the session went. */
  removed: z.array(z.object({
    /** For which tier. */
    tier: z.string(),
    /** To which machine. */
    client_id: z.string(),
  })),
  /** Ids of its leases, which have ended with it. */
  released: z.array(z.string()),
  /** False when the database did not take it, so that a restart may bring it back. */
  durable: z.literal(false).optional(),
});

/** The JSON of each. */
export type StickyAssignment = z.output<typeof stickyAssignment>;
export type StickyPage = z.output<typeof stickyPage>;
export type StickyRemoval = z.output<typeof stickyRemoval>;
