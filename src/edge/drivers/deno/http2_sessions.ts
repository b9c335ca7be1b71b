/**
 * The sessions of HTTP/2 of one driver. Owner of each; bounded by {@link SESSIONS_MAX}, because whoever accepts counts
 * requests and never sees a session that has none.
 */
import type { Logger } from "../../../ports.ts";
import type { Accept, Peer } from "../../driver.ts";
import { ResponseParts } from "./http2_response.ts";
import { Http2Session } from "./http2_session.ts";
import type { SocketDuplex } from "./socket_duplex.ts";

/** Sessions at a time. One more ends a quiet one, or is turned away when all are busy. */
const SESSIONS_MAX = 4096;

/** How often sessions are looked at while there are any. */
const SWEEP_MS = 500;

/** What sessions need. */
export interface Http2SessionsOptions {
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** How long a session may have no request. */
  readonly idleTimeoutMs: number;
}

/** Makes sessions and ends those that are left. */
export class Http2Sessions implements Disposable {
  readonly #options: Http2SessionsOptions;
  readonly #parts = new ResponseParts();
  readonly #sessions = new Set<Http2Session>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Without sessions yet. */
  constructor(options: Http2SessionsOptions) {
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Speaks HTTP/2 on the connection; undefined when there is no place for it, and then it is closed. */
  open(
    duplex: SocketDuplex,
    peer: Peer,
    accept: Accept,
    ended: (session: Http2Session) => void,
  ): Http2Session | undefined {
    if (this.#sessions.size >= SESSIONS_MAX && !this.#endQuiet()) {
      duplex.release();
      return undefined;
    }
    const session = new Http2Session(duplex, peer, accept, {
      ...this.#options,
      parts: this.#parts,
      ended: (session) => {
        this.#remove(session);
        ended(session);
      },
    });
    this.#sessions.add(session);
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS);
    return session;
  }

  /** Ends every session. */
  [Symbol.dispose](): void {
    for (const session of [...this.#sessions]) session.end();
  }

  #remove(session: Http2Session): void {
    this.#sessions.delete(session);
    if (this.#sessions.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    const { now, idleTimeoutMs } = this.#options;
    for (const session of [...this.#sessions]) {
      session.check(now(), idleTimeoutMs);
    }
  }

  #endQuiet(): boolean {
    for (const session of this.#sessions) {
      if (!session.isQuiet) continue;
      session.end();
      return true;
    }
    return false;
  }
}
