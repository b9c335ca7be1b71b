/**
 * An outgoing connection that has no descriptor: the process has none left, or the address is none. It only tells so.
 */
import type { Socket, SocketHandler } from "../../driver.ts";
import type { Inhabitant, SocketHome } from "./socket_home.ts";

/** Tells its handler in the next turn that nobody was reached. */
export class FailedAttempt implements Socket, Inhabitant {
  readonly fd = -1;
  readonly generation = 0;
  readonly isUrgent = false;
  readonly victim: SocketHandler;
  #handler: SocketHandler | undefined;

  /** Failed already. */
  constructor(home: SocketHome, handler: SocketHandler) {
    this.victim = this.#handler = handler;
    home.defer(this);
  }

  write(_bytes: Uint8Array, start: number, end: number): number {
    return this.#handler === undefined ? end - start : 0;
  }

  pause(): void {}

  resume(): void {}

  finish(): void {}

  close(): void {
    this.#handler = undefined;
  }

  abort(): void {
    this.#handler = undefined;
  }

  handle(): void {}

  settle(now: number): void {
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onGone("unreachable", now);
  }
}
