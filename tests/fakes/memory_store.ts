/** A store that keeps its tables in plain maps: what the database should hold, without a database. */
import type { Registration, Report } from "../../src/engine/backend.ts";
import type { PastReport } from "../../src/engine/report_steps.ts";
import type {
  Durability,
  ReportSpan,
  Snapshot,
  Store,
  StoreCounts,
  StoredBackend,
  StoredDecision,
  StoredDrain,
  StoredLease,
  StoredReport,
  StoredSticky,
  StoreStatus,
} from "../../src/ports.ts";
import type {
  AuditEntry,
  AuditQuery,
  StoredKey,
  StoredToken,
  StoredTrust,
} from "../../src/trust_ports.ts";
import {
  HISTORY_SLACK_SECONDS,
  REPORT_HISTORY_MAX,
  WINDOW_SECONDS_DEFAULT,
} from "../../src/store/report_history.ts";

/** What survives the store, as the file of a database does. */
export class MemoryTables {
  /** Backends by id, first registered first. */
  readonly backends = new Map<string, StoredBackend>();
  /** Every report, oldest first. */
  reports: readonly StoredReport[] = [];
  /** Sticky assignments by session and tier, least recently used first. */
  readonly sticky = new Map<string, StoredSticky>();
  /** Leases by their number, ended ones too. */
  readonly leases = new Map<number, StoredLease>();
  /** Backends that are being drained. */
  readonly drains = new Map<string, StoredDrain>();
  /** Every decision, first saved first. */
  decisions: readonly StoredDecision[] = [];
  /** Keys by name, those that were taken back too. */
  readonly keys = new Map<string, StoredKey>();
  /** Enrolment tokens by id. */
  readonly tokens = new Map<string, StoredToken>();
  /** Every line of the audit trail, first saved first. */
  audit: readonly AuditEntry[] = [];
}

/** Keeps what it is told at once, and can be told to be degraded. */
export class MemoryStore implements Store {
  /** What it holds. */
  readonly tables: MemoryTables;
  readonly #wallMs: () => number;
  #status: StoreStatus = { kind: "ok" };
  #isClosed = false;

  /** Opens new tables, or those of an earlier store. For a store that is told no time, no lease ends by itself. */
  constructor(
    tables: MemoryTables = new MemoryTables(),
    wallMs: () => number = () => -Infinity,
  ) {
    this.tables = tables;
    this.#wallMs = wallMs;
  }

  /** From now on writes are acknowledged as kept in memory, although the tables take them. */
  degrade(reason: string, sinceMs = 0): void {
    this.#status = { kind: "degraded", sinceMs, reason };
  }

  /** Writes are durable again. */
  recover(): void {
    this.#status = { kind: "ok" };
  }

  counts(): StoreCounts {
    return { waiting: 0, failures: 0 };
  }

  load(): Snapshot {
    const { backends, reports, sticky, leases, drains } = this.tables;
    const histories = new Map(
      [...backends.keys()].map((id) => [id, historyOf(id, reports)]),
    );
    const reportedMs = (id: string) => histories.get(id)?.at(-1)?.atMs ?? 0;
    const nowMs = this.#wallMs();
    return {
      backends: [...backends].map(([id, backend]) => ({
        ...backend,
        lastSeenMs: Math.max(backend.lastSeenMs, reportedMs(id)),
      })),
      reports: [...histories.values()].flat(),
      sticky: [...sticky.values()]
        .filter(({ backendId }) => backends.has(backendId))
        .sort((a, b) => a.lastUsedMs - b.lastUsedMs),
      leases: [...leases.values()]
        .filter(({ backendId }) => backends.has(backendId))
        .filter(({ expiresMs }) => expiresMs > nowMs)
        .sort((a, b) => a.placedMs - b.placedMs || a.id - b.id),
      drains: [...drains.values()]
        .filter(({ backendId, by }) =>
          backends.has(backendId) || by.includes("operator")
        )
        .sort((a, b) =>
          a.sinceMs - b.sinceMs || (a.backendId < b.backendId ? -1 : 1)
        ),
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

  walkReports(
    { backendId, fromMs, toMs }: ReportSpan,
    take: (atMs: number, report: PastReport) => void,
    signal?: AbortSignal,
  ): Promise<boolean> {
    if (this.#status.kind === "degraded" || signal?.aborted) {
      return Promise.resolve(false);
    }
    for (const stored of this.tables.reports) {
      const { atMs } = stored;
      if (stored.backendId !== backendId) continue;
      if (atMs > fromMs && atMs <= toMs) take(atMs, stored.report);
    }
    return Promise.resolve(true);
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

  removeSticky(stickyId: string, tier: string): Promise<Durability> {
    return this.#write(({ sticky }) => sticky.delete(keyOf(stickyId, tier)));
  }

  saveLease(lease: StoredLease): Promise<Durability> {
    return this.#write(({ leases }) => leases.set(lease.id, lease));
  }

  removeLease(id: number): Promise<Durability> {
    return this.#write(({ leases }) => leases.delete(id));
  }

  saveDrain(drain: StoredDrain): Promise<Durability> {
    return this.#write(({ drains }) => drains.set(drain.backendId, drain));
  }

  removeDrain(backendId: string): Promise<Durability> {
    return this.#write(({ drains }) => drains.delete(backendId));
  }

  saveDecision(decision: StoredDecision): void {
    this.#write((tables) => {
      tables.decisions = [...tables.decisions, decision];
    });
  }

  findDecision(requestId: string): StoredDecision | undefined {
    if (this.#status.kind === "degraded") return undefined;
    return this.tables.decisions.findLast((decision) =>
      decision.requestId === requestId
    );
  }

  pruneDecisions(olderThanMs: number): void {
    this.#write((tables) => {
      tables.decisions = tables.decisions.filter(({ atMs }) =>
        atMs >= olderThanMs
      );
    });
  }

  removeBackends(ids: readonly string[]): Promise<Durability> {
    return this.#write((tables) => {
      for (const id of ids) {
        tables.backends.delete(id);
        const by = tables.drains.get(id)?.by ?? [];
        if (!by.includes("operator")) tables.drains.delete(id);
      }
      tables.reports = tables.reports.filter(({ backendId }) =>
        !ids.includes(backendId)
      );
      for (const [key, { backendId }] of tables.sticky) {
        if (ids.includes(backendId)) tables.sticky.delete(key);
      }
      for (const [id, { backendId }] of tables.leases) {
        if (ids.includes(backendId)) tables.leases.delete(id);
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

  loadTrust(): StoredTrust {
    const { keys, tokens } = this.tables;
    return {
      keys: [...keys.values()].sort((a, b) =>
        a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1)
      ),
      tokens: [...tokens.values()].sort((a, b) =>
        a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1)
      ),
    };
  }

  saveKey(key: StoredKey): Promise<Durability> {
    return this.#write(({ keys }) => keys.set(key.name, key));
  }

  removeKey(name: string): Promise<Durability> {
    return this.#write(({ keys }) => keys.delete(name));
  }

  saveToken(token: StoredToken): Promise<Durability> {
    return this.#write(({ tokens }) => tokens.set(token.id, token));
  }

  removeToken(id: string): Promise<Durability> {
    return this.#write(({ tokens }) => tokens.delete(id));
  }

  saveAudit(entry: AuditEntry): Promise<Durability> {
    return this.#write((tables) => {
      tables.audit = [...tables.audit, entry];
    });
  }

  audit({ sinceMs, actor, action, limit }: AuditQuery): readonly AuditEntry[] {
    if (this.#status.kind === "degraded") return [];
    return this.tables.audit.toReversed()
      .filter((entry) =>
        entry.atMs >= sinceMs && (actor ?? entry.actor) === entry.actor &&
        (action ?? entry.action) === entry.action
      )
      .sort((a, b) => b.atMs - a.atMs).slice(0, limit);
  }

  pruneAudit(olderThanMs: number): void {
    this.#write((tables) => {
      tables.audit = tables.audit.filter(({ atMs }) => atMs >= olderThanMs);
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

/** The reports of a backend's last window, oldest first. */
function historyOf(
  id: string,
  reports: readonly StoredReport[],
): readonly StoredReport[] {
  const all = reports.filter(({ backendId }) => backendId === id)
    .sort((a, b) => a.atMs - b.atMs);
  const newest = all.at(-1);
  const seconds = newest?.report.windowSeconds ?? WINDOW_SECONDS_DEFAULT;
  const fromMs = (newest?.atMs ?? 0) - (seconds + HISTORY_SLACK_SECONDS) * 1000;
  return all.filter(({ atMs }) => atMs >= fromMs).slice(-REPORT_HISTORY_MAX);
}

/** Times of registrations and assignments are kept to the second, as in the database. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function keyOf(stickyId: string, tier: string): string {
  return JSON.stringify([stickyId, tier]);
}
