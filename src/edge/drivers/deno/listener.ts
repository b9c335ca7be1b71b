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

/**
 * When a listener stops, nobody having come for so long means that nobody waits: the runtime does not tell how many do,
 * but hands over one after the other without a pause.
 */
const QUIET_MS = 20;

/** How long that is looked for at most: callers without end must not keep a server from ending. */
const STOP_MS_MAX = 500;

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
  #latestAt = -Infinity;
  #stopping: Promise<void> | undefined;

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

  replaceCertificate(): never {
    throw new TypeError("Cannot replace a certificate: there is no TLS here");
  }

  /**
   * Takes connections until nobody waits. The runtime has no way to turn newcomers away meanwhile or to send them to
   * another process, so one that comes in the moment of the end is reset.
   */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    const { now } = this.#options;
    const since = this.#latestAt = now();
    while (!this.#isClosed) {
      const quietAt = this.#latestAt + QUIET_MS;
      const leftMs = Math.min(quietAt, since + STOP_MS_MAX) - now();
      if (leftMs <= 0) break;
      await this.#pause(leftMs);
    }
    this.close();
  }

  /** Takes no further connections. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closed.resolve();
    closeQuietly(this.#listener);
  }

  async #run(): Promise<void> {
    const { logger, now } = this.#options;
    let latest = -Infinity;
    while (!this.#isClosed) {
      try {
        const connection = await this.#listener.accept();
        this.#latestAt = now();
        this.#take(connection);
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
        await this.#pause(ACCEPT_AGAIN_MS);
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    const wait = Promise.withResolvers<void>();
    const timer = setTimeout(() => wait.resolve(), ms);
    await Promise.race([wait.promise, this.#closed.promise]);
    clearTimeout(timer);
  }
}

function isOfOnePeer(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.NotConnected;
}
