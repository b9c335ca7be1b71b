/** What happens to backends, in the words of an operator's programs and in those of the log. Owns no state. */
import type { FleetEvent } from "../engine/fleet_event.ts";
import type { LogData, ServerEvent } from "../ports.ts";

/** Writes a monotonic instant as RFC 3339. */
export type WriteInstant = (monotonicMs: number) => string;

/** A line to log. */
export interface EventLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly data: LogData;
}

/** The event under its JSON names. */
export function serverEventOf(
  event: FleetEvent,
  instant: WriteInstant,
): ServerEvent {
  switch (event.kind) {
    case "ejected":
      return {
        type: "backend.ejected",
        data: { client_id: event.backendId, until: instant(event.until) },
      };
    case "returned":
      return { type: "backend.returned", data: clientOf(event) };
    case "unhealthy":
      return { type: "backend.unhealthy", data: clientOf(event) };
    case "healthy":
      return { type: "backend.healthy", data: clientOf(event) };
    case "draining":
      return {
        type: "backend.draining",
        data: { ...clientOf(event), by: event.by },
      };
    case "drained":
      return {
        type: "backend.drained",
        data: {
          ...clientOf(event),
          sessions: event.sessions,
          in_flight: event.inFlight,
        },
      };
    case "undrained":
      return { type: "backend.undrained", data: clientOf(event) };
    case "panic":
      return {
        type: "fleet.panic",
        data: {
          out: event.out,
          of: event.of,
          panic: event.isOpen ? "fail_open" : "fail_closed",
        },
      };
    case "calm":
      return { type: "fleet.calm", data: { out: event.out, of: event.of } };
  }
}

function clientOf({ backendId }: { readonly backendId: string }) {
  return { client_id: backendId };
}

/** The event as a line of the log. */
export function eventLineOf(
  event: FleetEvent,
  instant: WriteInstant,
): EventLine {
  switch (event.kind) {
    case "ejected":
      return {
        level: "warn",
        message: "A backend is left out because requests to it failed",
        data: { backend: event.backendId, until: instant(event.until) },
      };
    case "returned":
      return info("A backend gets requests again", event);
    case "unhealthy":
      return {
        level: "warn",
        message:
          "A backend is unhealthy: probes fail, its sessions go elsewhere",
        data: { backend: event.backendId },
      };
    case "healthy":
      return info("A backend is healthy again", event);
    case "draining":
      return info(
        "A backend is being drained: it gets no new sessions",
        event,
        {
          by: event.by,
        },
      );
    case "drained":
      return info(drainedWords(event), event, {
        sessions: event.sessions,
        inFlight: event.inFlight,
      });
    case "undrained":
      return info("A backend gets new sessions again", event);
    case "panic":
      return {
        level: "error",
        message: panicWords(event),
        data: { out: event.out, of: event.of },
      };
    case "calm":
      return {
        level: "info",
        message: "Panic is over: at least half of the fleet works",
        data: { out: event.out, of: event.of },
      };
  }
}

function info(
  message: string,
  { backendId }: { readonly backendId: string },
  more: LogData = {},
): EventLine {
  return { level: "info", message, data: { backend: backendId, ...more } };
}

function drainedWords(
  { sessions, inFlight }: FleetEvent & { readonly kind: "drained" },
): string {
  return sessions + inFlight === 0
    ? "A backend is drained: nothing is left on it"
    : "A backend counts as drained: its deadline has passed with work left on it";
}

/** Says what to look at: so many backends seldom fail by themselves at one time. */
function panicWords(
  { out, of, isOpen }: FleetEvent & { readonly kind: "panic" },
): string {
  const now = isOpen
    ? "backends that fail their probes get work all the same (panic: fail_open)"
    : "all work goes to the few that are left (panic: fail_closed)";
  return `Panic: ${out} of ${of} backends are unhealthy or left out; until fewer are, ${now}. ` +
    "Look at the network between this server and the backends, at health_check_type, _path and _timeout_seconds, and at what the backends have in common (`opsen clients` lists them)";
}
