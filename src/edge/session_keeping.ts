/**
 * Stores the sessions of proxied requests, each with its lease. Owner of nothing but the lease that was last stored of
 * each session, bounded by {@link SESSIONS_REMEMBERED_MAX}.
 */
import type { Placed } from "../engine/decision.ts";
import { wallClockLeaseOf } from "../engine/lease_record.ts";
import {
  SESSION_STORED_AGAIN_MS,
  SESSIONS_REMEMBERED_MAX,
  StoredLately,
} from "../policy/stored_lately.ts";
import type { Clock, Logger, Store } from "../ports.ts";

/** Keeps sessions. */
export class SessionKeeping {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #leaseIds = new StoredLately<number>(
    SESSION_STORED_AGAIN_MS,
    SESSIONS_REMEMBERED_MAX,
  );

  /** Keeps them in this store. */
  constructor(parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /**
   * A request of a session, asked for at `since`, was placed. A new assignment or lease is to be waited for: the promise
   * settles when both would survive a crash. The use of old ones is stored now and then, so that what is stored of a lease
   * in use ends at most half its life, and a minute, before the lease does.
   */
  keep(
    { lease, stickiness }: Placed,
    since: number,
    now: number,
  ): Promise<unknown> | undefined {
    const key = `${lease.stickyId}\0${lease.tier.name}`;
    const isNew = stickiness !== "kept" || lease.placedAt >= since;
    if (this.#leaseIds.has(key, lease.id, now)) return undefined;
    const lastId = this.#leaseIds.valueOf(key);
    const { stickyId = "", tier, slot } = lease;
    const wallMs = this.#clock.wallMs();
    const store = this.#store;
    const writes = [
      store.saveSticky({
        stickyId,
        tier: tier.name,
        backendId: slot.registration.id,
        lastUsedMs: wallMs,
      }),
      store.saveLease(wallClockLeaseOf(lease, (at) => wallMs + (at - now))),
    ];
    // A lease that was left behind would be found again after a restart, as the older one of two.
    if (lastId !== undefined && lastId !== lease.id) {
      writes.push(store.removeLease(lastId));
    }
    this.#leaseIds.note(key, lease.id, now, lease.expiresAt - now);
    const stored = Promise.all(writes).catch((error) =>
      this.#logger.error("Cannot store a session", { error })
    );
    return isNew ? stored : undefined;
  }
}
