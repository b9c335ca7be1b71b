/** What the server says of this client, kept and repeated to people once. Owns the last of it; bounded by two values. */
import type { Logger } from "../ports.ts";
import type { Said } from "../wire/said.ts";

/** Listens to the server. */
export class ServerWord {
  readonly #logger: Logger;
  #isDrained = false;
  #conflict: string | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether it said with its last answer that the machine drains and nothing is left on it. */
  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** Takes what an answer says. */
  hear({ isDrained, conflict }: Said): void {
    this.#isDrained = isDrained;
    if (conflict === this.#conflict) return;
    this.#conflict = conflict;
    if (conflict === undefined) {
      this.#logger.info("No other machine uses this client's id any more");
    } else this.#logger.warn(`The server says: ${conflict}`);
  }
}
