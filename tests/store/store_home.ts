/** A database in a folder of its own that is removed with everything in it. */
import { DatabaseSync } from "node:sqlite";
import { openStore, type StoreOptions } from "../../src/store/open_store.ts";
import type { Store } from "../../src/ports.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { NOW_MS, type StoreHome } from "./store_contract.ts";

/** A temporary database with a log and a clock that stands at the contract's time. */
export class SqliteHome implements StoreHome {
  readonly folder = Deno.makeTempDirSync({ prefix: "opsen-store-" });
  readonly path = `${this.folder}/opsen.db`;
  readonly logger = new FakeLogger();
  readonly clock = new FakeClock(0, NOW_MS);

  /** Opens the store. */
  open(changes: Partial<StoreOptions> = {}): Store {
    return openStore({
      path: this.path,
      logger: this.logger,
      clock: this.clock,
      maxSticky: 1000,
      ...changes,
    });
  }

  /** A second connection, as another process would have it: it waits for no lock and checks no foreign keys. */
  connect(): DatabaseSync {
    return new DatabaseSync(this.path, {
      timeout: 0,
      enableForeignKeyConstraints: false,
    });
  }

  /** Runs SQL on a connection of its own. */
  run(sql: string): void {
    using connection = this.connect();
    connection.exec(sql);
  }

  /** The rows of a query on a connection of its own. */
  rows(sql: string): Record<string, unknown>[] {
    using connection = this.connect();
    return connection.prepare(sql).all().map((row) => ({ ...row }));
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
