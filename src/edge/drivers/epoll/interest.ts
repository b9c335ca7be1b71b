/** What epoll watches of one descriptor. Owner: the socket that has the descriptor. */
import type { Poller } from "./poller.ts";

/** Stands for a descriptor that epoll does not know. */
const UNKNOWN = -1;

/** Changes what is watched, and only when it really changes. */
export class Interest {
  readonly fd: number;
  readonly generation: number;
  readonly #poller: Poller;
  #mask = UNKNOWN;

  /** Nothing is watched, not even ERR and HUP, which else come unasked. */
  constructor(poller: Poller, fd: number, generation: number) {
    this.#poller = poller;
    this.fd = fd;
    this.generation = generation;
  }

  /** The bits that are watched. */
  get mask(): number {
    return this.#mask === UNKNOWN ? 0 : this.#mask;
  }

  /** Whether all these bits are watched. */
  covers(mask: number): boolean {
    return this.#mask !== UNKNOWN && (mask & ~this.#mask) === 0;
  }

  /** Watches these bits; false when the system refuses. */
  set(mask: number): boolean {
    if (mask === this.#mask) return true;
    const result = this.#mask === UNKNOWN
      ? this.#poller.add(this.fd, this.generation, mask)
      : this.#poller.modify(this.fd, this.generation, mask);
    if (result === 0) this.#mask = mask;
    return result === 0;
  }

  /** Watches nothing at all. */
  drop(): void {
    if (this.#mask !== UNKNOWN) this.#poller.remove(this.fd);
    this.#mask = UNKNOWN;
  }
}
