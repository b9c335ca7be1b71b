/**
 * A file beside the database that says that keys are stored in it. A server whose only keys are those would stand open
 * while its database can't be read at start; with the mark it stays closed until it can. Owner of the file.
 */
import type { Logger } from "../ports.ts";

/** What it is called after the database's own name. */
const SUFFIX = "-closed";

/** The mark of one database. One that can't be written is said in the log; everything else goes on. */
export class ClosedMark {
  readonly #path: string | undefined;
  readonly #logger: Logger;

  /** @param databasePath One in memory has no mark. */
  constructor(databasePath: string, logger: Logger) {
    this.#path = databasePath === ":memory:"
      ? undefined
      : databasePath + SUFFIX;
    this.#logger = logger;
  }

  /** Whether keys were stored when the database was last known. */
  get isThere(): boolean {
    if (this.#path === undefined) return false;
    try {
      Deno.statSync(this.#path);
      return true;
    } catch (error) {
      return !(error instanceof Deno.errors.NotFound);
    }
  }

  /** Says whether keys are stored. */
  set(isClosed: boolean): void {
    if (this.#path === undefined || isClosed === this.isThere) return;
    try {
      if (isClosed) Deno.writeTextFileSync(this.#path, "", { mode: 0o600 });
      else Deno.removeSync(this.#path);
    } catch (error) {
      const path = this.#path;
      this.#logger.warn("Cannot note whether keys are stored", { path, error });
    }
  }
}
