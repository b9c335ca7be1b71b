/**
 * What another process writes into the same file while a new server takes over from an old one: read back shortly after
 * it was written. `PRAGMA data_version` says at the price of some microseconds that there is something
 * (https://www.sqlite.org/pragma.html#pragma_data_version); times of writing say what. Owner: the writer.
 *
 * Bounds: {@link FOREIGN_ROWS_MAX} rows of a kind a look, and looks take at most 1/{@link LOOK_SHARE} of the time.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Clock, Snapshot, StoredBackend } from "../ports.ts";
import type { Database } from "./database.ts";
import { leaseAt } from "./lease_reading.ts";
import { LEASE_COLUMNS, leaseOf } from "./lease_row.ts";
import { BACKEND_COLUMNS, backendOf } from "./registration_row.ts";
import { readDrains } from "./snapshot.ts";
import { STICKY_COLUMNS, stickyOf } from "./sticky_row.ts";
import { secondsText } from "./timestamps.ts";

/** How often it is looked whether another process wrote: a session that moves between two processes is away as long. */
export const FOREIGN_LOOK_MS = 200;

/** How long after its time a row may be written: it waits for its commit, and for a lock. */
export const FOREIGN_SLACK_MS = 1000;

/**
 * How often it is told that a backend was heard of, milliseconds: seldom enough to cost nothing beside its reports, and
 * often enough that nobody takes it for silent.
 */
export const FOREIGN_SEEN_MS = 5000;

/** Rows of a kind that one look reads: what two processes store in the slack. */
const FOREIGN_ROWS_MAX = 200_000;

/** A look at 100,000 leases takes 5 ms, because they have no index by time: then it pauses for 50 times as long. */
const LOOK_SHARE = 50;

/** Looks at what others wrote. */
export class ForeignWrites {
  readonly #clock: Clock;
  #database: Database | undefined;
  #version: number | undefined;
  #lookedMs: number;
  #notBeforeMs = -Infinity;
  #registrations = new Map<string, string>();
  #drains = new Map<string, string>();
  #leases = new Map<string, string>();
  #sticky = new Map<string, string>();

  /** Nothing was read yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lookedMs = clock.wallMs();
  }

  /** Everything is about to be read: what is written from now on is news. */
  begin(database: Database): void {
    this.#database = database;
    this.#version = database.dataVersion();
    this.#lookedMs = this.#clock.wallMs();
  }

  /** This was read. */
  know({ backends, drains }: Snapshot): void {
    this.#registrations = newsOf(backends, idOf, registrationText).texts;
    this.#drains = newsOf(drains, ({ backendId }) => backendId, textOf).texts;
  }

  /**
   * What is new or changed since the last look if another process wrote; undefined when none did. Rows of our own are
   * among it once. Throws what SQLite throws.
   */
  look(database: Database): Snapshot | undefined {
    const startedMs = this.#clock.monotonicMs();
    if (startedMs < this.#notBeforeMs) return undefined;
    const version = database.dataVersion();
    if (database === this.#database && version === this.#version) {
      return undefined;
    }
    const nowMs = this.#clock.wallMs();
    // The clock may have been set back since.
    const sinceMs = Math.min(this.#lookedMs, nowMs) - FOREIGN_SLACK_MS;
    const snapshot = database.view(() =>
      this.#news(database.connection, sinceMs, nowMs)
    );
    this.#database = database;
    this.#version = version;
    this.#lookedMs = nowMs;
    const endedMs = this.#clock.monotonicMs();
    this.#notBeforeMs = endedMs + (endedMs - startedMs) * LOOK_SHARE;
    return snapshot;
  }

  #news(connection: DatabaseSync, sinceMs: number, nowMs: number): Snapshot {
    const since = secondsText(sinceMs);
    const backends = newsOf(
      connection.prepare(READ_REGISTERED).all(since, FOREIGN_ROWS_MAX)
        .map(backendOf).filter((backend) => backend !== undefined),
      idOf,
      registrationText,
      this.#registrations,
    );
    const sticky = newsOf(
      connection.prepare(READ_USED).all(since, FOREIGN_ROWS_MAX)
        .map((row) => stickyOf(row, nowMs)),
      ({ stickyId, tier }) => `${stickyId.length}:${stickyId}${tier}`,
      textOf,
      this.#sticky,
    );
    const leases = newsOf(
      connection.prepare(READ_SAVED).all(sinceMs, nowMs, FOREIGN_ROWS_MAX)
        .map(leaseOf).filter((write) => write !== undefined)
        .map((write) => leaseAt(write, nowMs)),
      ({ id }) => String(id),
      ({ expiresMs, startedMs }) => `${expiresMs} ${startedMs}`,
      this.#leases,
    );
    const drains = newsOf(
      readDrains(connection, nowMs).drains,
      ({ backendId }) => backendId,
      textOf,
      this.#drains,
    );
    // These are read as far as they are news, so what was news before need not be kept.
    this.#sticky = sticky.texts;
    this.#leases = leases.texts;
    this.#drains = drains.texts;
    // Backends that are gone stay in it: then all are news once.
    if (this.#registrations.size > FOREIGN_ROWS_MAX) {
      this.#registrations.clear();
    }
    for (const [id, text] of backends.texts) this.#registrations.set(id, text);
    return {
      backends: backends.news,
      reports: [],
      sticky: sticky.news,
      leases: leases.news,
      drains: drains.news,
    };
  }
}

/** Heard of since a second; `idx_clients_last_seen` finds them. Takes the time and the number of rows. */
const READ_REGISTERED =
  `SELECT ${BACKEND_COLUMNS} FROM clients WHERE last_seen >= ? ORDER BY rowid LIMIT ?`;

/** Used since a second; `idx_sticky_last_used` finds them. Takes the time and the number of rows. */
const READ_USED =
  `SELECT ${STICKY_COLUMNS} FROM sticky_assignments WHERE last_used >= ? ORDER BY last_used LIMIT ?`;

/** Written since an instant and alive at another; takes both and the number of rows. */
const READ_SAVED =
  `SELECT ${LEASE_COLUMNS} FROM leases WHERE saved_ms >= ? AND expires_ms > ? LIMIT ?`;

/** Items that say something else than what is known of them, and what all of them say. */
function newsOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  textOf: (item: Item) => string,
  known: ReadonlyMap<string, string> = new Map(),
): { readonly news: readonly Item[]; readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  const news = items.filter((item) => {
    const key = keyOf(item);
    const text = textOf(item);
    texts.set(key, text);
    return known.get(key) !== text;
  });
  return { news, texts };
}

function idOf({ registration: { id } }: StoredBackend): string {
  return id;
}

/** With when it was heard of, which each report changes, to the next few seconds. */
function registrationText(
  { registration, lastSeenMs }: StoredBackend,
): string {
  return JSON.stringify([
    Math.floor(lastSeenMs / FOREIGN_SEEN_MS),
    registration,
  ]);
}

function textOf(item: unknown): string {
  return JSON.stringify(item);
}
