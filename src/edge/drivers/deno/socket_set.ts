/**
 * The sockets of one driver that hold something of the runtime. Owner: the driver. Bounded by whoever accepts and
 * connects.
 */
import type { Logger } from "../../../ports.ts";
import { BufferPool } from "./buffer_pool.ts";
import { StreamSocket } from "./stream_socket.ts";

/** How long the last words of connections that were ended may take before all are aborted. */
const LAST_WORDS_MS = 500;
const LAST_WORDS_POLL_MS = 5;

/** Makes sockets and ends those that are left. */
export class SocketSet implements AsyncDisposable {
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #pool = new BufferPool();
  readonly #sockets = new Set<StreamSocket>();
  #empty: PromiseWithResolvers<void> | undefined;

  /** Empty; `now` is monotonic milliseconds. */
  constructor(logger: Logger, now: () => number) {
    this.#logger = logger;
    this.#now = now;
  }

  /** A socket that belongs to nobody yet. */
  make(): StreamSocket {
    const socket = new StreamSocket({
      logger: this.#logger,
      now: this.#now,
      pool: this.#pool,
      ended: (socket) => this.#remove(socket),
    });
    this.#sockets.add(socket);
    return socket;
  }

  /** Aborts every socket that has said its last; settles when the runtime has let go of all. */
  async [Symbol.asyncDispose](): Promise<void> {
    const until = this.#now() + LAST_WORDS_MS;
    while (this.#isSpeaking && this.#now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_POLL_MS));
    }
    for (const socket of [...this.#sockets]) socket.abort();
    if (this.#sockets.size === 0) return;
    this.#empty ??= Promise.withResolvers<void>();
    await this.#empty.promise;
  }

  get #isSpeaking(): boolean {
    for (const socket of this.#sockets) if (socket.isEnding) return true;
    return false;
  }

  #remove(socket: StreamSocket): void {
    this.#sockets.delete(socket);
    if (this.#sockets.size === 0) this.#empty?.resolve();
  }
}
