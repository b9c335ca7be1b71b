/**
 * The place of the database: opens what is there, and when that is damaged sets it aside and begins a fresh one. Says
 * so in the log, with the new name and how to look at it. Owner: the writer.
 */
import type { Clock, Logger } from "../ports.ts";
import { fileKind } from "./damage.ts";
import type { Database } from "./database.ts";
import { failureOf, messageOf } from "./failure.ts";
import { isOfOthers } from "./read_only.ts";
import { SET_ASIDE_USUAL, setAside, setAsideCount } from "./set_aside.ts";

/** What a {@link DatabaseFile} is made of. */
export interface DatabaseFileOptions {
  readonly path: string;
  /** Opens the database and waits that long for a lock, milliseconds. Throws when it can't be used. */
  readonly open: (lockWaitMs: number) => Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opens the database, damaged or not. */
export class DatabaseFile {
  readonly #options: DatabaseFileOptions;
  #setAside: string | undefined;

  /** Opens nothing yet. */
  constructor(options: DatabaseFileOptions) {
    this.#options = options;
  }

  /**
   * Opens what is there, or a fresh file in place of a damaged database. `isReplaced` says that what lies beside the file
   * is our log and not its own. Throws when neither can be opened.
   */
  open(lockWaitMs: number, isReplaced = false): Database {
    const { path, open } = this.#options;
    const kind = fileKind(path);
    if (kind === "remains" && !isReplaced) {
      this.#putAside("its beginning was overwritten");
    }
    if (kind === "undecided" && !isReplaced) {
      throw new Error(
        "it is no database, and what lies beside it may be another program's",
      );
    }
    if (kind === "database" && isOfOthers(path)) {
      throw new Error("its tables are those of another program");
    }
    try {
      return open(lockWaitMs);
    } catch (error) {
      if (!failureOf(error).isDamage || kind !== "database") throw error;
      this.#putAside(messageOf(error));
      return open(lockWaitMs);
    }
  }

  /** Sets aside what this connection can't read any more. False when it is not its file that is at the path. */
  giveUp(database: Database, cause: unknown): boolean {
    const { path, logger } = this.#options;
    // Before the connection is closed, which may remove the log.
    const kind = fileKind(path);
    const isOurs = kind === "database" || kind === "remains";
    if (path === ":memory:" || !isOurs) return false;
    if (database.whereabouts() !== "in place") return false;
    database.close();
    try {
      this.#putAside(messageOf(cause));
      return true;
    } catch (error) {
      logger.error(messageOf(error));
      return false;
    }
  }

  /** The new name of what was set aside since the last call. */
  takeSetAside(): string | undefined {
    const name = this.#setAside;
    this.#setAside = undefined;
    return name;
  }

  #putAside(cause: string): void {
    const { path, clock, logger } = this.#options;
    const name = setAside(path, clock.wallMs());
    this.#setAside = name;
    logger.error(
      `The database is damaged. It lies at "${name}" now and a fresh one is begun; stored decisions are lost, and what can't be read. To look at it: opsen db check --db ${name}`,
      { path, cause },
    );
    const count = setAsideCount(path);
    if (count > SET_ASIDE_USUAL) {
      logger.warn(
        "Damaged databases pile up: the disk may be failing. Nothing removes them",
        { count, like: `${path}.damaged-*` },
      );
    }
  }
}
