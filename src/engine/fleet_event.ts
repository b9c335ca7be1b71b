/** What happens to backends that somebody should hear of: a log, an operator's webhook. Told once, when it happens. */
import type { DrainedBy } from "./drain.ts";

/** One event; instants are monotonic milliseconds. */
export type FleetEvent =
  /** Requests to it failed: it is left out until an instant. */
  | {
    readonly kind: "ejected";
    readonly backendId: string;
    readonly until: number;
  }
  /** The time of its ejection is over. */
  | { readonly kind: "returned"; readonly backendId: string }
  /** Probes failed: its sessions are free to go elsewhere. */
  | { readonly kind: "unhealthy"; readonly backendId: string }
  /** Probes succeed again. */
  | { readonly kind: "healthy"; readonly backendId: string }
  /** It takes no new sessions from now on. */
  | {
    readonly kind: "draining";
    readonly backendId: string;
    readonly by: DrainedBy;
  }
  /** Nothing is left on it, or its deadline has passed with so much left. */
  | {
    readonly kind: "drained";
    readonly backendId: string;
    readonly sessions: number;
    readonly inFlight: number;
  }
  /** It takes new sessions again. */
  | { readonly kind: "undrained"; readonly backendId: string }
  /** More than half of the backends that report are out; `isOpen` when those that probes call unhealthy get work. */
  | {
    readonly kind: "panic";
    readonly out: number;
    readonly of: number;
    readonly isOpen: boolean;
  }
  /** No longer. */
  | { readonly kind: "calm"; readonly out: number; readonly of: number };

/** Told of events, inside the call of the balancer in which they happen: must not call it. */
export type OnFleetEvent = (event: FleetEvent) => void;
