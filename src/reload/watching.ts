/** Looks after the sources by itself, as far as the configuration in force says so. */
import { referencedFiles } from "../config/referenced_files.ts";
import type { ServerConfig } from "../config/server_keys.ts";
import type { Clock, Random } from "../ports.ts";
import type { ReloadCause, ReloadOutcome } from "../wire/reload_outcome.ts";
import { FileWatch } from "./file_watch.ts";
import type { StartChoice } from "./start.ts";
import { UrlSchedule } from "./url_schedule.ts";

/** How often {@link Watching.tick} is to be called, milliseconds: a change is seen after two ticks. */
export const WATCH_TICK_MS = 1000;

/** What is watched for. */
export interface WatchedReloader {
  /** The configuration in force. */
  readonly config: ServerConfig;
  reload(cause: ReloadCause): Promise<ReloadOutcome>;
}

/** What it is built from. */
export interface WatchingParts {
  readonly reloader: WatchedReloader;
  readonly start: Pick<StartChoice, "documentSources" | "url">;
  readonly clock: Clock;
  readonly random: Random;
}

/** Watches the file and polls the URL. */
export class Watching {
  readonly #parts: WatchingParts;
  readonly #files = new FileWatch();
  readonly #schedule = new UrlSchedule();
  #isBusy = false;

  constructor(parts: WatchingParts) {
    this.#parts = parts;
  }

  /** Looks at what is due; does nothing while the look before it lasts. Never rejects. */
  async tick(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await this.#look();
    } finally {
      this.#isBusy = false;
    }
  }

  async #look(): Promise<void> {
    const { reloader, start, clock, random } = this.#parts;
    const { config } = reloader;
    const isDue = this.#schedule.isDue(
      {
        url: config.configUrl,
        intervalMs: config.configUrlIntervalSeconds * 1000,
        failures: start.url.failures,
      },
      clock.monotonicMs(),
      random.next(),
    );
    if (isDue) await reloader.reload("url");
    if (!config.watchConfig) return this.#files.rest();
    const { path } = start.documentSources;
    const paths = [
      ...(path === undefined ? [] : [path]),
      ...referencedFiles(config).map(({ path }) => path),
    ];
    if (await this.#files.look(paths)) await reloader.reload("watch");
  }
}
