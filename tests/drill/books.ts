/**
 * What the server has acknowledged and must not lose: which backend each session is on, and which leases live. Bounded
 * by the sessions that a drill opens.
 */
import type { FaultRecord } from "./records.ts";

/** A lease may end this much before the instant that was said: clocks and answers take their time. */
const EXPIRY_SPARE_MS = 3_000;
/** A backend that can be chosen again may have been asked for before that is known. */
const RETURN_MS = 2_000;

/** A session landed on another backend than before. */
export interface Move {
  readonly session: string;
  readonly from: string;
  readonly to: string;
  /** When it was last seen on the old one, and when on the new one. */
  readonly sinceMs: number;
  readonly atMs: number;
}

/** An acknowledged lease. */
export interface HeldLease {
  readonly id: string;
  readonly backend: string;
  /** When it was first acknowledged. */
  readonly sinceMs: number;
  /** Until when it was promised. */
  readonly untilMs: number;
}

/** Sessions and leases as acknowledged. */
export class Books {
  /** Sessions that changed their backends. */
  readonly moves: Move[] = [];
  readonly #refused: { readonly lease: HeldLease; readonly atMs: number }[] =
    [];
  readonly #landings = new Map<
    string,
    { readonly backend: string; readonly atMs: number }
  >();
  /** By session. */
  readonly #leases = new Map<string, HeldLease>();

  /** The backend of a session, as far as is known. */
  backendOf(session: string): string | undefined {
    return this.#landings.get(session)?.backend;
  }

  /** A request of a session was answered by a backend, or a session was placed there. */
  landed(
    session: string,
    backend: string,
    sentMs: number,
    endMs: number,
  ): void {
    const last = this.#landings.get(session);
    // Answers overtake one another: what was asked before the last answer came says nothing new.
    if (last !== undefined && sentMs < last.atMs) return;
    if (last !== undefined && last.backend !== backend) {
      const sinceMs = last.atMs;
      this.moves.push(
        { session, from: last.backend, to: backend, sinceMs, atMs: endMs },
      );
    }
    this.#landings.set(session, { backend, atMs: endMs });
  }

  /** A lease was acknowledged, for the first time or again. */
  leased(session: string, id: string, backend: string, untilMs: number): void {
    const known = this.#leases.get(session);
    const now = performance.now();
    if (known?.id !== id) {
      this.#leases.set(session, { id, backend, sinceMs: now, untilMs });
    }
  }

  /** A lease was given a new life. */
  renewed(session: string, id: string, untilMs: number): void {
    const known = this.#leases.get(session);
    if (known?.id === id) this.#leases.set(session, { ...known, untilMs });
  }

  /** The server said that it knows no such lease; a newer lease of the session may have ended it. */
  notKnown(session: string, lease: HeldLease): void {
    if (this.#leases.get(session)?.id !== lease.id) return;
    this.#leases.delete(session);
    this.#refused.push({ lease, atMs: performance.now() });
  }

  /** The lease of a session, while it lives. */
  leaseOf(session: string): HeldLease | undefined {
    const lease = this.#leases.get(session);
    return lease !== undefined && isLive(lease) ? lease : undefined;
  }

  /** Leases that live and that the server does not know, though nothing befell their backends. */
  missing(
    known: ReadonlySet<string>,
    faults: readonly FaultRecord[],
  ): readonly HeldLease[] {
    return [...this.#leases.values()].filter((lease) =>
      isLive(lease) && !known.has(lease.id) &&
      !isDisturbed([lease.backend], lease.sinceMs, performance.now(), faults)
    );
  }

  /** Leases that were refused when they were renewed, though they lived and nothing befell their backends. */
  wronglyRefused(faults: readonly FaultRecord[]): readonly HeldLease[] {
    return this.#refused.filter(({ lease, atMs }) =>
      !isDisturbed([lease.backend], lease.sinceMs, atMs, faults)
    ).map(({ lease }) => lease);
  }

  /** Number of leases that live. */
  get liveLeases(): number {
    return [...this.#leases.values()].filter(isLive).length;
  }

  /** Number of sessions that were ever placed. */
  get sessions(): number {
    return this.#landings.size;
  }
}

/** Moves of sessions whose backends nothing befell in between. */
export function wrongMoves(
  moves: readonly Move[],
  faults: readonly FaultRecord[],
): readonly Move[] {
  return moves.filter(({ from, to, sinceMs, atMs }) =>
    !isDisturbed([from, to], sinceMs, atMs, faults)
  );
}

/** Whether one of the backends was dead, silent or failing at a time between two instants. */
function isDisturbed(
  backends: readonly string[],
  sinceMs: number,
  untilMs: number,
  faults: readonly FaultRecord[],
): boolean {
  return faults.some(({ kind, target, fromMs, restedMs }) =>
    (kind === "backend_killed" || kind === "backend_frozen" ||
      kind === "backend_answers_500" || kind === "backend_cuts_bodies") &&
    target !== undefined && backends.includes(target) &&
    fromMs <= untilMs && restedMs + RETURN_MS >= sinceMs
  );
}

function isLive({ untilMs }: HeldLease): boolean {
  return performance.now() < untilMs - EXPIRY_SPARE_MS;
}
