/** How far the way of a request to a connection is. */
import type { RefusalCode } from "./refusals.ts";

/** Where it stands. */
export type ApproachState =
  | "none"
  /** The token that it brings is checked. */
  | "checking"
  /** The body is searched for the tier. */
  | "scanning"
  /** No backend has room; the engine's queue says how long that may last. */
  | "waiting"
  /** A connection is being opened, or the session's assignment stored. */
  | "connecting"
  /** The API is asked without a connection. */
  | "local";

/** What is answered when a state has lasted too long in which nobody is connected to. */
export const LATE: Partial<Readonly<Record<ApproachState, RefusalCode>>> = {
  checking: "token_unverifiable",
  scanning: "request_timeout",
  local: "upstream_timeout",
};
