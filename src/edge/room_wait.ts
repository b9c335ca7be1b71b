/**
 * One request that waits for room. The engine tells how that ended in the middle of its own work, so it is only noted
 * there; the request goes on when that work is done. Owner: a routing; bounded by the engine's queue.
 */
import type { Ask } from "../engine/decision.ts";
import type { Waited } from "../engine/wait_queue.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { type Panicking, shielded } from "./panic.ts";
import { ABANDONED } from "./verdict.ts";

/** Who waits. */
export interface RoomWaitUser {
  /** In whose name it waits. */
  readonly owner: Panicking;
  /** There is room, or there was none for too long. */
  onWaitOver(now: number): void;
}

/** A wait. */
export class RoomWait {
  readonly #user: RoomWaitUser;
  readonly #parts: EdgeParts;
  #withdraw: (() => void) | undefined;
  #waited: Waited | undefined;
  #attempt = 0;
  #since = 0;

  /** Nothing is waited for. */
  constructor(user: RoomWaitUser, parts: EdgeParts) {
    this.#user = user;
    this.#parts = parts;
  }

  /** Begins to wait; false when nobody may, or too many do. */
  begin(ask: Ask, now: number): boolean {
    const attempt = ++this.#attempt;
    this.#since = now;
    this.#withdraw = this.#parts.placer.wait(
      ask,
      now,
      (waited) => {
        this.#waited = waited;
        void Promise.resolve().then(() => this.#tell(attempt));
      },
    );
    return this.#withdraw !== undefined;
  }

  /** How it ended, which is the caller's from now on. */
  take(): Waited | undefined {
    const waited = this.#waited;
    this.#clear();
    return waited;
  }

  /**
   * The request is over. Room that was won and not taken up is given back. Returns how long was waited when the wait was
   * not over, milliseconds.
   */
  end(now: number): number | undefined {
    const waited = this.#waited;
    const withdraw = this.#withdraw;
    if (withdraw === undefined) return undefined;
    this.#clear();
    if (waited === undefined) withdraw();
    else if (waited.kind === "placed") {
      this.#parts.placer.finish(waited.lease, ABANDONED, now);
    }
    return now - this.#since;
  }

  #tell(attempt: number): void {
    if (attempt !== this.#attempt) return;
    const { owner } = this.#user;
    const now = this.#parts.clock.monotonicMs();
    shielded(owner, now, (then) => this.#user.onWaitOver(then));
  }

  #clear(): void {
    this.#attempt++;
    this.#withdraw = undefined;
    this.#waited = undefined;
  }
}
