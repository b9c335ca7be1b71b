/** What a drill sees: requests and faults, on one clock. Shapes only; all instants are `performance.now()`. */
import type { FaultKind } from "./fault_plan.ts";

/** Who calls: each lane sends one kind of request at its own rate. */
export const LANES = [
  "sticky",
  "plain GET",
  "plain POST",
  "stream",
  "route",
  "lease",
] as const;

/** Name of a lane. */
export type Lane = typeof LANES[number];

/** The cause when nobody listens. */
export const CONNECTION_REFUSED = "connection refused";

/** One request that has ended. */
export interface Sent {
  readonly lane: Lane;
  readonly sentMs: number;
  readonly endMs: number;
  /** Id of the backend, as far as the caller knows it: whose session it is, or who answered. */
  readonly backend: string | undefined;
  /** What went wrong; undefined when nothing did. */
  readonly cause: string | undefined;
}

/** One fault that was brought about. */
export interface FaultRecord {
  readonly kind: FaultKind;
  /** Id of the backend that it befell, or whose client. */
  readonly target: string | undefined;
  /** The instant it began. */
  fromMs: number;
  /** When it was lifted: what was killed runs again. */
  toMs: number;
  /** When all was as before, as the server says. */
  restedMs: number;
  /** Last new request to the backend, milliseconds after it began; undefined when none was seen. */
  lastRequestMs: number | undefined;
}
