/**
 * Whether the drain file is there: while it is, the machine takes no new sessions. Owns what was last seen; bounded by one
 * look at a time.
 */
import type { Logger } from "../ports.ts";
import type { Sleep } from "./sleep.ts";

/** Time between two looks, milliseconds: what people who make the file take for at once. */
const LOOK_MS = 1000;

/** What a watch over the drain file is made of. */
export interface DrainFileOptions {
  /** The file, or empty when there is none to watch. */
  readonly path: string;
  /** Told when it appeared or disappeared. */
  readonly onChange: () => void;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/** Watches the drain file. */
export class DrainFile {
  readonly #options: DrainFileOptions;
  #isThere = false;
  /** Why it can't be looked for, as the log has it. */
  #obstacle: string | undefined;

  /** Looks for the first time, so that the first message says it already. */
  constructor(options: DrainFileOptions) {
    this.#options = options;
    if (options.path !== "") this.#look();
  }

  /** Whether it was there at the last look. */
  get isThere(): boolean {
    return this.#isThere;
  }

  /** Looks once a second until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { path, sleep, onChange } = this.#options;
    if (path === "") return;
    while (true) {
      await sleep(LOOK_MS, signal);
      if (signal.aborted) return;
      if (this.#look()) onChange();
    }
  }

  /** Whether something changed. A look is one system call and is not worth a promise. */
  #look(): boolean {
    const { path, logger } = this.#options;
    const isThere = this.#exists();
    if (isThere === this.#isThere) return false;
    this.#isThere = isThere;
    logger.info(
      isThere
        ? `Draining: "${path}" is there, so this machine takes no new sessions`
        : `In service again: "${path}" is gone`,
    );
    return true;
  }

  #exists(): boolean {
    const { path } = this.#options;
    try {
      Deno.statSync(path);
      this.#obstacle = undefined;
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        this.#obstacle = undefined;
        return false;
      }
      this.#warn(error);
      // A machine that drains must not go back into service because a network folder is away.
      return this.#isThere;
    }
  }

  #warn(error: unknown): void {
    const { path, logger } = this.#options;
    const obstacle = error instanceof Error ? error.message : String(error);
    if (obstacle === this.#obstacle) return;
    this.#obstacle = obstacle;
    logger.warn(
      `Cannot look for the drain file "${path}", so it counts as ${
        this.#isThere ? "there, as before" : "absent"
      }: ${obstacle}`,
    );
  }
}
