/** A store that keeps its tables in plain maps: what the database should hold, without a database. */
import type { Registration, Report } from "../../src/engine/backend.ts";
import type {
  Durability,
  Snapshot,
  Store,
  StoredBackend,
  StoredReport,
  StoredSticky,
  StoreStatus,
} from "../../src/ports.ts";

/** What survives the store, as the file of a database does. */
export class MemoryTables {
  /** Backends by id, first registered first. */
  readonly backends = new Map<string, StoredBackend>();
  /** Every report, oldest first. */
  reports: readonly StoredReport[] = [];
  /** Sticky assignments by session and tier, least recently used first. */
  readonly sticky = new Map<string, StoredSticky>();
}

/** Keeps what it is told at once, and can be told to be degraded. */
export class MemoryStore implements Store {
  /** What it holds. */
  readonly tables: MemoryTables;
  #status: StoreStatus = { kind: "ok" };
  #isClosed = false;

  /** Opens new tables, or those of an earlier store. */
  constructor(tables: MemoryTables = new MemoryTables()) {
    this.tables = tables;
  }

  /** From now on writes are acknowledged as kept in memory, although the tables take them. */
  degrade(reason: string, sinceMs = 0): void {
    this.#status = { kind: "degraded", sinceMs, reason };
  }

  /** Writes are durable again. */
  recover(): void {
    this.#status = { kind: "ok" };
  }

  load(): Snapshot {
    const { backends, reports, sticky } = this.tables;
    const newest = new Map<string, StoredReport>();
    for (const report of reports) {
      const other = newest.get(report.backendId);
      if (other === undefined || other.atMs <= report.atMs) {
        newest.set(report.backendId, report);
      }
    }
    return {
      backends: [...backends].map(([id, backend]) => ({
        ...backend,
        lastSeenMs: Math.max(backend.lastSeenMs, newest.get(id)?.atMs ?? 0),
      })),
      reports: [...backends.keys()].flatMap((id) => newest.get(id) ?? []),
      sticky: [...sticky.values()]
        .filter(({ backendId }) => backends.has(backendId))
        .sort((a, b) => a.lastUsedMs - b.lastUsedMs),
    };
  }

  saveRegistration(
    registration: Registration,
    atMs: number,
  ): Promise<Durability> {
    return this.#write(({ backends }) =>
      backends.set(registration.id, {
        registration,
        lastSeenMs: wholeSeconds(atMs),
      })
    );
  }

  saveReport(backendId: string, report: Report, atMs: number): void {
    this.#write((tables) => {
      tables.reports = [...tables.reports, { backendId, report, atMs }];
    });
  }

  saveSticky(assignment: StoredSticky): Promise<Durability> {
    const lastUsedMs = wholeSeconds(assignment.lastUsedMs);
    return this.#write(({ sticky }) =>
      sticky.set(keyOf(assignment.stickyId, assignment.tier), {
        ...assignment,
        lastUsedMs,
      })
    );
  }

  removeSticky(stickyId: string, tier: string): void {
    this.#write(({ sticky }) => sticky.delete(keyOf(stickyId, tier)));
  }

  removeBackends(ids: readonly string[]): Promise<Durability> {
    return this.#write((tables) => {
      for (const id of ids) tables.backends.delete(id);
      tables.reports = tables.reports.filter(({ backendId }) =>
        !ids.includes(backendId)
      );
      for (const [key, { backendId }] of tables.sticky) {
        if (ids.includes(backendId)) tables.sticky.delete(key);
      }
    });
  }

  pruneReports(olderThanMs: number): void {
    this.#write((tables) => {
      tables.reports = tables.reports.filter(({ atMs }) =>
        atMs >= wholeSeconds(olderThanMs)
      );
    });
  }

  status(): StoreStatus {
    return this.#status;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  #write(change: (tables: MemoryTables) => void): Promise<Durability> {
    if (this.#isClosed) return Promise.resolve("memory");
    change(this.tables);
    return Promise.resolve(
      this.#status.kind === "ok" ? "durable" : "memory",
    );
  }
}

/** Times of registrations and assignments are kept to the second, as in the database. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function keyOf(stickyId: string, tier: string): string {
  return JSON.stringify([stickyId, tier]);
}
