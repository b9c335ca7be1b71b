/**
 * Keeps a running server's configuration up to date: on SIGHUP, when somebody asks, when its file or its URL changes.
 * Owner of the reloader and of what wakes it.
 */
import type { ServerConfig } from "../config/server_keys.ts";
import { every, type ReloadSignal, systemRandom } from "../lifecycle.ts";
import type { Clock, EventSink, Logger } from "../ports.ts";
import type { Applicable } from "../reload/in_force.ts";
import { Reloader } from "../reload/reloader.ts";
import type { StartChoice } from "../reload/start.ts";
import type { ServiceManager } from "../service/service_manager.ts";
import type { AuditEntry } from "../trust_ports.ts";
import { WATCH_TICK_MS, Watching } from "../reload/watching.ts";
import type { ConfigControl } from "../wire/reload_outcome.ts";
import { reloadEntry } from "./reload_trail.ts";

/** The server, as far as its configuration goes. */
export interface ReloadableServer {
  readonly events: EventSink;
  prepare(config: ServerConfig, mayOpen: boolean): Promise<Applicable>;
  fileHashes(): ReadonlyMap<string, string>;
  serveConfiguration(control: ConfigControl): void;
  /** Adds a line to the audit trail. */
  saveAudit(entry: AuditEntry): void;
}

/** What reloading is begun with. */
export interface ReloadingParts {
  readonly server: ReloadableServer;
  readonly start: StartChoice;
  /** Asks for it; undefined where no signal does. */
  readonly reloadSignal: ReloadSignal | undefined;
  /** Told when a signal asks for it: whoever sent that may wait for the end. */
  readonly service: Pick<ServiceManager, "reloading">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Reloading of one server, until it is disposed of. */
export class Reloading implements Disposable {
  readonly #stack: DisposableStack;

  private constructor(stack: DisposableStack) {
    this.#stack = stack;
  }

  /** From now on the server follows its sources. */
  static async begin(
    { server, start, reloadSignal, service, clock, logger }: ReloadingParts,
  ): Promise<Reloading> {
    using stack = new DisposableStack();
    const reloader = stack.use(
      await Reloader.start({
        start,
        prepare: (config, mayOpen) => server.prepare(config, mayOpen),
        fileHashes: () => server.fileHashes(),
        events: server.events,
        onOutcome: (outcome) => {
          const entry = reloadEntry(outcome);
          if (entry !== undefined) server.saveAudit(entry);
        },
        clock,
        logger: logger.child("config"),
      }),
    );
    server.serveConfiguration(reloader);
    const random = systemRandom;
    const watching = new Watching({ reloader, start, clock, random });
    stack.use(every(WATCH_TICK_MS, logger, () => void watching.tick()));
    if (reloadSignal !== undefined) {
      const reload = () => reloader.reload("signal");
      stack.use(reloadSignal.heed(() => void service.reloading(reload)));
    }
    return new Reloading(stack.move());
  }

  [Symbol.dispose](): void {
    this.#stack[Symbol.dispose]();
  }
}
