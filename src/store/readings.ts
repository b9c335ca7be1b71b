/** Reads whole snapshots: at the start, when a file was lost, and of what another process wrote. Owner: the writer. */
import type { Clock, Logger, Snapshot } from "../ports.ts";
import type { Database } from "./database.ts";
import { ForeignWrites } from "./foreign_writes.ts";
import { correctLeases, withoutChanged } from "./lost_file.ts";
import type { PendingWrites } from "./pending_writes.ts";
import { readSnapshot, type SnapshotReading } from "./snapshot.ts";

/** What {@link Readings} are made of. */
export interface ReadingsParts {
  readonly pending: PendingWrites;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Most sticky assignments that are read back. */
  readonly stickyMax: number;
}

/** Reads; throws what SQLite throws. */
export class Readings {
  readonly #parts: ReadingsParts;
  readonly #foreign: ForeignWrites;

  /** Nothing was read yet. */
  constructor(parts: ReadingsParts) {
    this.#parts = parts;
    this.#foreign = new ForeignWrites(parts.clock);
  }

  /** Everything; what others write from now on is news. */
  all(database: Database): Snapshot {
    const { pending, clock } = this.#parts;
    this.#foreign.begin(database);
    const { snapshot, leases } = this.#read(database);
    this.#foreign.know(snapshot);
    correctLeases(pending, leases, clock.wallMs());
    return snapshot;
  }

  /** Everything, of a file that is about to be left. */
  last(database: Database): Snapshot {
    return this.#read(database).snapshot;
  }

  /** What another process has written since the last call; undefined when nothing is known of any. */
  foreign(database: Database): Snapshot | undefined {
    const news = this.#foreign.look(database);
    if (news === undefined) return undefined;
    const unchanged = withoutChanged(this.#parts.pending, news);
    return Object.values(unchanged).some(({ length }) => length > 0)
      ? unchanged
      : undefined;
  }

  /** Says that rows were left out. */
  warnOfUnreadable(rows: number): void {
    if (rows === 0) return;
    this.#parts.logger.warn(
      "Rows of the database can't be understood and are left out",
      { rows },
    );
  }

  #read(database: Database): SnapshotReading {
    const { clock, stickyMax } = this.#parts;
    // A lease that another process stores between two reads would seem to have no backend.
    const reading = database.view(() =>
      readSnapshot(database.connection, clock.wallMs(), stickyMax)
    );
    this.warnOfUnreadable(reading.unreadable);
    return reading;
  }
}
