/**
 * What our own client says with every message beside what the message is about. A Go client says none of it, and a Go
 * server passes over it.
 */

/** The process that speaks for a machine, and whether it wants new sessions. */
export interface Presence {
  /** Drawn when the process starts, so that two processes with one id can be told apart; an id like a backend's. */
  readonly instance: string;
  /** Whether the machine takes no new sessions. */
  readonly isDraining: boolean;
}

/** The JSON of it, among the fields of a message. */
export interface PresenceMessage {
  readonly instance?: string;
  readonly draining?: boolean;
}

/** The presence under its JSON names; nothing for a client that says none. */
export function presenceMessage(
  presence: Presence | undefined,
): PresenceMessage {
  return presence === undefined
    ? {}
    : { instance: presence.instance, draining: presence.isDraining };
}
