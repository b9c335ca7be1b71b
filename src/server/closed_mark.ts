/**
 * A file beside the database that says that keys were stored in it. A server whose only keys those are would stand open
 * where its database can't be read or is lost; with the mark it stays closed. Nobody but an operator removes it. Owner of
 * the file.
 */
import type { Logger } from "../ports.ts";
import type { HashedKeyBook } from "../trust/key_book.ts";

/** What it is called after the database's own name. */
const SUFFIX = "-closed";

/** The mark of one database. One that can't be written is said in the log; everything else goes on. */
export class ClosedMark {
  /** Undefined for a database in memory, which has no mark. */
  readonly path: string | undefined;
  readonly #logger: Logger;

  constructor(databasePath: string, logger: Logger) {
    this.path = databasePath === ":memory:" ? undefined : databasePath + SUFFIX;
    this.#logger = logger;
  }

  /** Whether keys were stored. */
  get isThere(): boolean {
    if (this.path === undefined) return false;
    try {
      Deno.lstatSync(this.path);
      return true;
    } catch (error) {
      return !(error instanceof Deno.errors.NotFound);
    }
  }

  /** Keeps closed what stands open only because the keys that were stored are not to be had. */
  guard(
    keys: Pick<HashedKeyBook, "isOpen" | "isOpenWith" | "keepClosed">,
  ): void {
    if (!this.isThere || !keys.isOpenWith([])) return;
    if (keys.isOpen) {
      this.#logger.warn(
        "Keys were stored in this database and are not to be had: nothing is open without one; set server_key, or remove the mark and start again",
        { mark: this.path },
      );
    }
    keys.keepClosed();
  }

  /** Keys are stored from now on. */
  set(): void {
    if (this.path === undefined || this.isThere) return;
    try {
      Deno.writeTextFileSync(this.path, "", { createNew: true, mode: 0o600 });
    } catch (error) {
      const { path } = this;
      this.#logger.warn("Cannot note that keys are stored", { path, error });
    }
  }
}
