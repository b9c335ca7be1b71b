/** What the log says of a receiver that is away: each kind of trouble once, until events arrive again. */
import type { LogData, Logger } from "../ports.ts";

/** The troubles that are said. */
const TROUBLES = {
  failing: "Events can't be delivered for now; they are tried again",
  refusing: "Events are refused by their receiver and not tried again",
  losing: "Events are lost: they could not be delivered for too long",
} as const;

/** Owns which troubles have been said. */
export class Outage {
  readonly #logger: Logger;
  readonly #said = new Set<keyof typeof TROUBLES>();

  /** No trouble yet. */
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** There is trouble; said when it is new. */
  say(trouble: keyof typeof TROUBLES, data: LogData): void {
    if (this.#said.has(trouble)) return;
    this.#said.add(trouble);
    this.#logger.warn(TROUBLES[trouble], data);
  }

  /** An event has arrived; `lost` of those before it have not. */
  over(lost: number): void {
    if (this.#said.size === 0) return;
    this.#said.clear();
    this.#logger.info("Events are delivered again", { lost });
  }

  /** What comes is another receiver's trouble. */
  forget(): void {
    this.#said.clear();
  }
}
