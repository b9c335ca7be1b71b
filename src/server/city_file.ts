/**
 * The file of a GeoIP database while a server runs: read again when it changed, kept as it was when what it holds now
 * can't be used. Owns the database in use, and while it is replaced for a moment a second one.
 */
import type { CityDatabase } from "../geo/city_database.ts";
import type { Logger } from "../ports.ts";
import { markOf } from "../reload/file_watch.ts";

/** Why the file as it is now is not in use. */
interface Fault {
  /** The mark of the file that somebody was told of. */
  readonly mark: string;
  /** Whether its content was read, which gets no better by reading it again. */
  readonly isOfContent: boolean;
}

/** Reads the file; looks at it now and then. */
export class CityFile {
  readonly path: string;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  #database: CityDatabase | undefined;
  /** The mark of the file that the database is from. */
  #mark: string | undefined;
  #fault: Fault | undefined;

  /** The signal ends what is under way. */
  constructor(path: string, logger: Logger, signal: AbortSignal) {
    this.path = path;
    this.#logger = logger;
    this.#signal = signal;
  }

  /** What is in use; undefined until the file could be read. */
  get database(): CityDatabase | undefined {
    return this.#database;
  }

  /** Takes what the file holds; rejects with a sentence, and changes nothing, when that can't be used. */
  async read(): Promise<void> {
    // What is written while it is read has another mark, and is read again at the next look.
    const mark = await markOf([this.path]);
    this.#take(await this.#opened(), mark);
  }

  /** Takes what the file holds when it changed; whether it did. Says what it finds once for each change. */
  async look(): Promise<boolean> {
    const mark = await markOf([this.path]);
    if (!this.#isNews(mark)) return false;
    const read = await this.#opened().catch((error) => ({ error }));
    if (this.#signal.aborted) return false;
    // Somebody is still writing it, and what was read may be half of the old and half of the new.
    if (await markOf([this.path]) !== mark) return false;
    if ("error" in read) {
      this.#say(mark, read.error);
      return false;
    }
    this.#take(read, mark);
    this.announce();
    return true;
  }

  /** Says that what was read is in use. */
  announce(): void {
    if (this.#database === undefined) return;
    const { type, builtMs } = this.#database;
    this.#logger.info("GeoIP database in use", {
      path: this.path,
      type,
      built: new Date(builtMs),
    });
  }

  async #opened(): Promise<CityDatabase> {
    // Most servers have no database and need no reader.
    const { readCityDatabase } = await import("../geo/city_database.ts");
    this.#signal.throwIfAborted();
    return await readCityDatabase(this.path, this.#signal);
  }

  #take(database: CityDatabase, mark: string): void {
    this.#database = database;
    this.#mark = mark;
    this.#fault = undefined;
  }

  #isNews(mark: string): boolean {
    const fault = this.#fault;
    return fault === undefined
      ? mark !== this.#mark
      : !(fault.isOfContent && mark === fault.mark);
  }

  #say(mark: string, error: unknown): void {
    const isNew = this.#fault?.mark !== mark;
    this.#fault = { mark, isOfContent: error instanceof TypeError };
    if (!isNew) return;
    const problem = error instanceof Error ? error.message : String(error);
    this.#logger.warn(
      this.#database === undefined
        ? "No usable GeoIP database: addresses have no place until it is there"
        : "The GeoIP database can't be used as it is now, the old one is kept",
      { problem },
    );
  }
}
