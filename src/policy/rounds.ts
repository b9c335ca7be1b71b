/**
 * Who is visited when, so that many are visited once per interval without ever coming together. Each gap is the
 * interval give or take {@link JITTER_SHARE}, counted from the start of a visit. Owner of the schedule; bounded by the
 * ids that are added. Instants are monotonic milliseconds; `chance` gives numbers from 0 (included) to 1 (excluded).
 */
import { type Due, DueQueue, OUTSIDE } from "./due_queue.ts";

/** How far a gap may be from the interval: enough to part in a few rounds what once came together. */
export const JITTER_SHARE = 0.1;

/** Time between the first visits of those that come together: one is visited at once, 5,000 within ten seconds. */
export const SPREAD_MS = 2;

/** One that is visited again and again; in the queue unless a visit is under way. */
interface Visited extends Due {
  readonly id: string;
}

/** A schedule of visits. */
export class Rounds {
  readonly #visited = new Map<string, Visited>();
  readonly #queue = new DueQueue<Visited>();
  #intervalMs: number;

  /** Nobody to be visited yet. */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** How many are visited. */
  get size(): number {
    return this.#visited.size;
  }

  /** Visits these too; their first visits are spread over {@link SPREAD_MS} each, at most over an interval. */
  add(ids: readonly string[], now: number, chance: () => number): void {
    const spreadMs = Math.min(this.#intervalMs, ids.length * SPREAD_MS);
    for (const id of ids) {
      if (this.#visited.has(id)) continue;
      const dueAt = now + chance() * spreadMs;
      const visited: Visited = { id, dueAt, place: OUTSIDE };
      this.#visited.set(id, visited);
      this.#queue.add(visited);
    }
  }

  /** Visits this one no more. */
  remove(id: string): void {
    const visited = this.#visited.get(id);
    if (visited === undefined) return;
    this.#visited.delete(id);
    this.#queue.remove(visited);
  }

  /** Those whose visit begins now, the most overdue first; each must be said to be `done` before its next visit. */
  due(now: number, countMax: number, chance: () => number): string[] {
    const ids: string[] = [];
    while (ids.length < countMax) {
      const visited = this.#queue.takeDue(now);
      if (visited === undefined) break;
      visited.dueAt = now + this.#intervalMs * jitter(chance());
      ids.push(visited.id);
    }
    return ids;
  }

  /** Visits this one at that instant at the latest, unless a visit is under way. */
  hurry(id: string, dueAt: number): void {
    const visited = this.#visited.get(id);
    if (visited === undefined || visited.place === OUTSIDE) return;
    this.#queue.remove(visited);
    visited.dueAt = Math.min(visited.dueAt, dueAt);
    this.#queue.add(visited);
  }

  /** The visit is over. */
  done(id: string): void {
    const visited = this.#visited.get(id);
    if (visited?.place === OUTSIDE) this.#queue.add(visited);
  }

  /** How long the one that waits longest has been due; 0 when nobody is. */
  overdueMs(now: number): number {
    const first = this.#queue.first();
    return first === undefined ? 0 : Math.max(0, now - first.dueAt);
  }

  /**
   * Visits at another interval from now on. What is left of each gap shrinks or grows alike, so that the order stays,
   * nobody waits longer than the new interval, and those who were spread stay spread.
   */
  setInterval(intervalMs: number, now: number): void {
    if (intervalMs === this.#intervalMs) return;
    const scale = intervalMs / (this.#intervalMs * (1 + JITTER_SHARE));
    for (const visited of this.#visited.values()) {
      const leftMs = visited.dueAt - now;
      if (leftMs > 0) visited.dueAt = now + leftMs * scale;
    }
    this.#intervalMs = intervalMs;
  }
}

/** A factor from 1 - {@link JITTER_SHARE} to 1 + {@link JITTER_SHARE}. */
function jitter(random: number): number {
  return 1 + JITTER_SHARE * (2 * random - 1);
}
