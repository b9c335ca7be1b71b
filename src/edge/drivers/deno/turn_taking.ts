/**
 * Turns of the event loop for what TLS has to do: streams of Node's API go on in ticks and microtasks, which a driver
 * that waits on this thread would hold up. Owner of one request at a time.
 */
import type { Driver } from "../../driver.ts";

/** Has a driver take the turn that is under way to its end. */
export class TurnTaking {
  readonly #driver: Pick<Driver, "waitingForTurn">;
  #isAsked = false;

  /** Of this driver. */
  constructor(driver: Pick<Driver, "waitingForTurn">) {
    this.#driver = driver;
  }

  /** There is work for ticks and microtasks; all of it is done before the immediates of a turn. */
  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#driver.waitingForTurn(1);
    setImmediate(() => {
      this.#isAsked = false;
      this.#driver.waitingForTurn(-1);
    });
  }
}
