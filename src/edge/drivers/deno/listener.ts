/**
 * Accepting. Owner: the driver. Survives what the runtime throws: a process without file descriptors tries again
 * later, and one line of the log tells of it.
 */
import type { Logger } from "../../../ports.ts";
import type { Listening } from "../../driver.ts";
import { closeQuietly } from "./transport.ts";

/** Time between two attempts when the system has no descriptor or memory for another connection. */
const ACCEPT_AGAIN_MS = 100;

/** Failures that are closer together than this are one episode, and one line of the log. */
const EPISODE_MS = 10_000;

/** What listeners need. */
export interface ListenerOptions {
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Hands over every connection until it is closed. */
export class Listener implements Listening {
  /** The real port. */
  readonly port: number;
  /** The address as asked for. */
  readonly hostname: string;
  /** Settles when it is closed and the runtime has let go. */
  readonly ended: Promise<void>;
  readonly #listener: Deno.TcpListener;
  readonly #take: (connection: Deno.TcpConn) => void;
  readonly #options: ListenerOptions;
  readonly #closed = Promise.withResolvers<void>();
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Accepts from now on; `take` must not throw. */
  constructor(
    hostname: string,
    listener: Deno.TcpListener,
    take: (connection: Deno.TcpConn) => void,
    options: ListenerOptions,
  ) {
    this.port = listener.addr.port;
    this.hostname = hostname;
    this.#listener = listener;
    this.#take = take;
    this.#options = options;
    this.ended = this.#run();
  }

  /** Takes no further connections. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#closed.resolve();
    closeQuietly(this.#listener);
  }

  async #run(): Promise<void> {
    const { logger, now } = this.#options;
    let latest = -Infinity;
    while (!this.#isClosed) {
      try {
        this.#take(await this.#listener.accept());
      } catch (error) {
        // Whoever went away before it was accepted is no trouble of the listener.
        if (this.#isClosed || isOfOnePeer(error)) continue;
        if (now() - latest > EPISODE_MS) {
          logger.error(
            "Connections can't be accepted for a moment; max open files may be too low (ulimit -n)",
            { error },
          );
        }
        latest = now();
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    const wait = Promise.withResolvers<void>();
    this.#timer = setTimeout(() => wait.resolve(), ACCEPT_AGAIN_MS);
    await Promise.race([wait.promise, this.#closed.promise]);
  }
}

function isOfOnePeer(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.NotConnected;
}
