/** One at a time: while one runs, all further asks for another share the next one. */
import type { ReloadCause, ReloadOutcome } from "../wire/reload_outcome.ts";
import { type Look, LOOKS } from "./sources.ts";

/** What is asked of one look at the configuration. */
export interface ReloadAsk {
  /** Of those who share it, whoever asked first. */
  readonly cause: ReloadCause;
  readonly look: Look;
  /** Whether it is loaded also when there is nothing new. */
  readonly isForced: boolean;
}

/** Does what is asked. */
export type DoReload = (ask: ReloadAsk) => Promise<ReloadOutcome>;

interface Waiting {
  readonly ask: ReloadAsk;
  readonly outcome: Promise<ReloadOutcome>;
}

/**
 * The line of those who want to change the configuration. Reloads that wait are one, so their number is bounded; a
 * rollback waits by itself, and is held by the request of its caller.
 */
export class SharedTurns {
  readonly #reload: DoReload;
  #last: Promise<unknown> = Promise.resolve();
  #waiting: Waiting | undefined;

  /** The reload must not reject. */
  constructor(reload: DoReload) {
    this.#reload = reload;
  }

  /** Takes part in the next reload. */
  reload(cause: ReloadCause, isForced: boolean): Promise<ReloadOutcome> {
    const ask = { cause, look: LOOKS[cause], isForced };
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = { ...waiting, ask: both(waiting.ask, ask) };
      return waiting.outcome;
    }
    const outcome = this.take(() => {
      const asked = this.#waiting?.ask ?? ask;
      this.#waiting = undefined;
      return this.#reload(asked);
    });
    this.#waiting = { ask, outcome };
    return outcome;
  }

  /** Runs when everything asked for before is done. */
  take<Result>(job: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(job);
    this.#last = result.catch(() => {});
    return result;
  }
}

function both(one: ReloadAsk, other: ReloadAsk): ReloadAsk {
  return {
    cause: one.cause,
    look: {
      file: one.look.file || other.look.file,
      url: one.look.url || other.look.url,
    },
    isForced: one.isForced || other.isForced,
  };
}
