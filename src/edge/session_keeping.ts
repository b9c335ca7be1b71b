/**
 * Stores the sessions of proxied requests, each with its lease. Owner of nothing but what was last stored of each
 * session, bounded by {@link SESSIONS_MAX}.
 */
import type { Placed } from "../engine/decision.ts";
import { wallClockLeaseOf } from "../engine/lease_record.ts";
import type { Clock, Logger, Store } from "../ports.ts";

/** A session in steady use is stored again this often, so that its last use and its end are known after a restart. */
const STORE_AGAIN_MS = 60_000;
/** Sessions that are remembered; without the memory one is stored again, no more. */
const SESSIONS_MAX = 100_000;

/** What was last stored of a session. */
interface Kept {
  readonly leaseId: number;
  /** When, monotonic milliseconds. */
  readonly at: number;
}

/** Keeps sessions. */
export class SessionKeeping {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #kept = new Map<string, Kept>();

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
   * settles when both would survive a crash. The use of old ones is stored now and then.
   */
  keep(
    { lease, stickiness }: Placed,
    since: number,
    now: number,
  ): Promise<unknown> | undefined {
    const key = `${lease.stickyId}\0${lease.tier.name}`;
    const isNew = stickiness !== "kept" || lease.placedAt >= since;
    const last = this.#kept.get(key);
    const isStored = last !== undefined && last.leaseId === lease.id &&
      now - last.at < STORE_AGAIN_MS;
    if (isStored) return undefined;
    this.#remember(key, { leaseId: lease.id, at: now });
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
    if (last !== undefined && last.leaseId !== lease.id) {
      writes.push(store.removeLease(last.leaseId));
    }
    const stored = Promise.all(writes).catch((error) =>
      this.#logger.error("Cannot store a session", { error })
    );
    return isNew ? stored : undefined;
  }

  /** Notes it as the newest; the one that was stored longest ago gives way. */
  #remember(key: string, kept: Kept): void {
    this.#kept.delete(key);
    if (this.#kept.size >= SESSIONS_MAX) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    }
    this.#kept.set(key, kept);
  }
}
