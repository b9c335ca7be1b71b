/** Where sessions go, as `/_opsen/sticky` shows it, and what forgetting one answers. */
import * as z from "zod";

/** A session's backend for one tier. */
export const stickyAssignment = z.object({
  sticky_id: z.string(),
  tier: z.string(),
  client_id: z.string(),
  /** The live lease that keeps it there; absent when it has none. */
  lease_id: z.string().optional(),
});

/** The answer of `GET /_opsen/sticky`: a page, ordered by session and tier. */
export const stickyPage = z.object({
  assignments: z.array(stickyAssignment),
  /** How many there are on all pages. */
  total: z.number(),
  /** What `after` takes for the next page; absent on the last. */
  next: z.string().optional(),
});

/** The answer of `DELETE /_opsen/sticky/{sticky_id}`. */
export const stickyRemoval = z.object({
  status: z.literal("removed"),
  sticky_id: z.string(),
  /** Where the session went. */
  removed: z.array(z.object({ tier: z.string(), client_id: z.string() })),
  /** Its leases, which have ended with it. */
  released: z.array(z.string()),
  /** False when the database did not take it, so that a restart may bring it back. */
  durable: z.literal(false).optional(),
});

/** The JSON of each. */
export type StickyAssignment = z.output<typeof stickyAssignment>;
export type StickyPage = z.output<typeof stickyPage>;
export type StickyRemoval = z.output<typeof stickyRemoval>;
