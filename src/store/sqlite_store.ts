/** The store over SQLite, in the main isolate: calls queue writes, and turns between other work commit them. */
import type { Registration, Report } from "../engine/backend.ts";
import type { PastReport } from "../engine/report_steps.ts";
import type {
  Clock,
  Durability,
  Logger,
  ReportSpan,
  Snapshot,
  Store,
  StoreCounts,
  StoredDecision,
  StoredDrain,
  StoredLease,
  StoredSticky,
  StoreStatus,
} from "../ports.ts";
import type {
  AuditEntry,
  AuditQuery,
  StoredKey,
  StoredToken,
  StoredTrust,
} from "../trust_ports.ts";
import type { Database } from "./database.ts";
import { failureOf, unusable } from "./failure.ts";
import { foreignLook } from "./foreign_look.ts";
import { walkReports } from "./history.ts";
import { PendingWrites } from "./pending_writes.ts";
import { EMPTY_SNAPSHOT } from "./snapshot.ts";
import { StoreTurns } from "./store_turns.ts";
import { instantText, secondsText } from "./timestamps.ts";
import { Writer } from "./writer.ts";

/** How long opening waits for another process that holds the file, milliseconds: nothing is decided yet. */
export const OPEN_LOCK_WAIT_MS = 2000;

/** What a {@link SqliteStore} is made of. */
export interface SqliteStoreOptions {
  /** Where the database is, for messages. */
  readonly path: string;
  /** Opens it and waits that long for a lock, milliseconds. Throws when it can't be used. */
  readonly open: (lockWaitMs: number) => Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backendsMax: number;
  readonly stickyMax: number;
  readonly onLateSnapshot: (snapshot: Snapshot) => void;
  readonly whatIsKnown: () => Snapshot;
  readonly onOutage: (status: StoreStatus) => void;
  /** Without it nobody looks. */
  readonly onForeignWrites: ((snapshot: Snapshot) => void) | undefined;
  /** Without it nobody looks. */
  readonly onForeignTrust?: ((trust: StoredTrust) => void) | undefined;
}

/** Store over SQLite. */
export class SqliteStore implements Store {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #pending: PendingWrites;
  readonly #writer: Writer;
  readonly #turns: StoreTurns;
  readonly #foreignLooks: Disposable[] = [];

  /**
   * Opens the database. A lock, a full disk or a failing one begin an outage instead: a server that does not start
   * decides nothing, and its clients register again. Throws when only a person can help.
   */
  constructor(options: SqliteStoreOptions) {
    const { path, clock, logger, backendsMax, stickyMax } = options;
    const pending = new PendingWrites({ backendsMax, stickyMax });
    const writer = new Writer({ ...options, pending });
    this.#path = path;
    this.#clock = clock;
    this.#pending = pending;
    this.#writer = writer;
    this.#turns = new StoreTurns({ ...options, pending, writer });
    try {
      writer.open(OPEN_LOCK_WAIT_MS);
    } catch (error) {
      const failure = failureOf(error);
      if (!failure.isPassing) throw unusable("open", path, error);
      this.#turns.fail(failure);
    }
    this.#follow(() => writer.foreignWrites(), options.onForeignWrites, logger);
    this.#follow(() => writer.foreignTrust(), options.onForeignTrust, logger);
  }

  load(): Snapshot {
    return this.#read(() => this.#writer.load()) ?? EMPTY_SNAPSHOT;
  }

  saveRegistration(
    registration: Registration,
    atMs: number,
  ): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#pending.saveRegistration(registration, atMs, waiting)
    );
  }

  saveReport(backendId: string, report: Report, atMs: number): void {
    this.#turns.writeBehind(() =>
      this.#pending.saveReport({ backendId, report, atMs })
    );
  }

  walkReports(
    span: ReportSpan,
    take: (atMs: number, report: PastReport) => void,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { lookups } = this.#writer;
    return walkReports(
      {
        ask: (read) =>
          this.#turns.isOutage || signal?.aborted === true
            ? undefined
            : lookups.ask("reports", read),
        pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
      },
      span,
      take,
    );
  }

  saveSticky(assignment: StoredSticky): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#pending.saveSticky(assignment, waiting)
    );
  }

  removeSticky(stickyId: string, tier: string): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#pending.removeSticky({ stickyId, tier }, waiting)
    );
  }

  saveLease(lease: StoredLease): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#pending.saveLease(lease, this.#clock.wallMs(), waiting)
    );
  }

  removeLease(id: number): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#pending.removeLease(id, waiting)
    );
  }

  saveDrain(drain: StoredDrain): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#pending.saveDrain(drain, waiting)
    );
  }

  removeDrain(backendId: string): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#pending.removeDrain(backendId, waiting)
    );
  }

  saveDecision(decision: StoredDecision): void {
    this.#turns.writeBehind(() => this.#pending.saveDecision(decision));
  }

  findDecision(requestId: string): StoredDecision | undefined {
    if (this.#turns.isOutage) return undefined;
    return this.#writer.lookups.findDecision(requestId);
  }

  pruneDecisions(olderThanMs: number): void {
    this.#turns.writeBehind(() =>
      this.#writer.deletions.pruneDecisions(instantText(olderThanMs))
    );
  }

  removeBackends(ids: readonly string[]): Promise<Durability> {
    const gone = new Set(ids);
    if (gone.size === 0) return Promise.resolve("durable");
    return this.#turns.acknowledge((waiting) =>
      this.#pending.removeBackends(gone, waiting)
    );
  }

  pruneReports(olderThanMs: number): void {
    this.#turns.writeBehind(() => {
      const { deletions } = this.#writer;
      deletions.pruneReports(secondsText(olderThanMs));
      // A server that became quiet writes no leases any more that would make the ended ones go.
      deletions.pruneLeases(this.#clock.wallMs());
    });
  }

  status(): StoreStatus {
    return this.#turns.status();
  }

  counts(): StoreCounts {
    return this.#turns.counts();
  }

  loadTrust(): StoredTrust {
    return this.#read(() => this.#writer.loadTrust()) ??
      this.#writer.trust.owe();
  }

  saveKey(key: StoredKey): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#writer.trust.saveKey(key, waiting)
    );
  }

  removeKey(name: string): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#writer.trust.removeKey(name, waiting)
    );
  }

  saveToken(token: StoredToken): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#writer.trust.saveToken(token, waiting)
    );
  }

  removeToken(id: string): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#writer.trust.removeToken(id, waiting)
    );
  }

  saveAudit(entry: AuditEntry): Promise<Durability> {
    return this.#turns.acknowledge((waiting) =>
      this.#pending.trust.saveAudit(entry, waiting)
    );
  }

  audit(query: AuditQuery): readonly AuditEntry[] {
    return this.#turns.isOutage ? [] : this.#writer.lookups.audit(query);
  }

  pruneAudit(olderThanMs: number): void {
    this.#turns.writeBehind(() =>
      this.#writer.deletions.pruneAudit(olderThanMs)
    );
  }

  flush(): Promise<void> {
    return this.#turns.flush();
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const look of this.#foreignLooks.splice(0)) look[Symbol.dispose]();
    return this.#turns.close();
  }

  #follow<News>(
    look: () => News | undefined,
    tell: ((news: News) => void) | undefined,
    logger: Logger,
  ): void {
    if (tell === undefined) return;
    this.#foreignLooks.push(foreignLook({
      look: () => this.#turns.isOutage ? undefined : look(),
      tell,
      logger,
    }));
  }

  /** What a reading says; undefined when it has to be made later. Throws when only a person can help. */
  #read<Result>(read: () => Result): Result | undefined {
    try {
      const result = read();
      // Rows of leases that have to be put right, and what was taken over of a damaged file.
      if (!this.#writer.isIdle) this.#turns.writeBehind(() => {});
      return result;
    } catch (error) {
      const failure = failureOf(error);
      if (!failure.isPassing) throw unusable("read", this.#path, error);
      this.#turns.fail(failure);
      return undefined;
    }
  }
}
