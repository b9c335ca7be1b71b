/**
 * Which backend each session uses, by tier. Owner of the assignments; bounded by `maxEntries`: the session that was
 * used least recently gives way, and whoever stores assignments is told.
 */
import type { Slot } from "./slot.ts";

/** Which backend a session of a tier uses. */
export interface Assignment {
  /** The session's id. */
  readonly stickyId: string;
  /** Name of the tier. */
  readonly tier: string;
  /** The backend's id. */
  readonly backendId: string;
}

/** One session's backends by tier name. */
type Session = Map<string, Slot>;

/** Told of an assignment that is forgotten without a new one in its place. */
export type OnForgotten = (
  stickyId: string,
  tier: string,
  backendId: string,
) => void;

/** All sticky assignments. */
export class Sticky {
  readonly #sessions = new Map<string, Session>();
  #maxEntries: number;
  readonly #onForgotten: OnForgotten;
  #entries = 0;

  /** No assignments yet. */
  constructor(maxEntries: number, onForgotten: OnForgotten) {
    this.#maxEntries = maxEntries;
    this.#onForgotten = onForgotten;
  }

  /** Takes another bound. */
  reconfigure(maxEntries: number): void {
    this.#maxEntries = maxEntries;
    while (this.#entries > maxEntries) this.#evictOldest();
  }

  /** Number of assignments. */
  get size(): number {
    return this.#entries;
  }

  /** The backend of a session and tier. */
  get(stickyId: string, tier: string): Slot | undefined {
    return this.#sessions.get(stickyId)?.get(tier);
  }

  /** Of the backends that the session uses for any tier, the one with the lowest score, if that is below Infinity. */
  bestOf(
    stickyId: string,
    scoreOf: (slot: Slot) => number,
  ): Slot | undefined {
    let best: Slot | undefined;
    let bestScore = Infinity;
    for (const slot of this.#sessions.get(stickyId)?.values() ?? []) {
      const score = scoreOf(slot);
      if (score < bestScore) [best, bestScore] = [slot, score];
    }
    return best;
  }

  /** Assigns a session's tier to a backend and marks the session as just used. */
  assign(stickyId: string, tier: string, slot: Slot): void {
    const session = this.#sessions.get(stickyId) ?? new Map<string, Slot>();
    this.#sessions.delete(stickyId);
    this.#sessions.set(stickyId, session);
    if (!session.has(tier)) this.#entries++;
    session.set(tier, slot);
    while (this.#entries > this.#maxEntries) this.#evictOldest(stickyId);
  }

  /** Every assignment, least recently used session first. */
  all(): Assignment[] {
    const all: Assignment[] = [];
    for (const [stickyId, session] of this.#sessions) {
      for (const [tier, slot] of session) {
        all.push({ stickyId, tier, backendId: slot.registration.id });
      }
    }
    return all;
  }

  /** Forgets a session's assignment for a tier, or all of them; returns what there was. */
  forget(stickyId: string, tier?: string): Assignment[] {
    const session = this.#sessions.get(stickyId);
    const meant = [...session ?? []].filter(([name]) =>
      (tier ?? name) === name
    );
    for (const [name, slot] of meant) {
      if (session !== undefined) this.#forget(stickyId, session, name, slot);
    }
    return meant.map(([name, slot]) => ({
      stickyId,
      tier: name,
      backendId: slot.registration.id,
    }));
  }

  /** Forgets every assignment to these backends. */
  forgetBackends(gone: ReadonlySet<Slot>): void {
    for (const [stickyId, session] of this.#sessions) {
      for (const [tier, slot] of session) {
        if (gone.has(slot)) this.#forget(stickyId, session, tier, slot);
      }
    }
  }

  /** Forgets the session that was used least recently; of the newest, only as much as comes first. */
  #evictOldest(newest?: string): void {
    for (const [stickyId, session] of this.#sessions) {
      for (const [tier, slot] of session) {
        this.#forget(stickyId, session, tier, slot);
        if (stickyId === newest) return;
      }
      return;
    }
  }

  #forget(stickyId: string, session: Session, tier: string, slot: Slot): void {
    session.delete(tier);
    this.#entries--;
    if (session.size === 0) this.#sessions.delete(stickyId);
    this.#onForgotten(stickyId, tier, slot.registration.id);
  }
}
