/**
 * A caller's connection that speaks HTTP/2, as many sockets as it has requests. Owner of the connection and of its
 * streams; owned by the {@link Http2Sessions} it is in. Bounded by the constants below and by what nghttp2 bounds by
 * itself: continuations (8), settings in one frame (32), oddities (10,000 and 330/s), resets (1,000 and 33/s).
 */
import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Logger } from "../../../ports.ts";
import type { Accept, Peer } from "../../driver.ts";
import { requestStart } from "./http2_request.ts";
import type { ResponseParts } from "./http2_response.ts";
import { type Http2Context, Http2Socket } from "./http2_socket.ts";
import type { SocketDuplex } from "./socket_duplex.ts";

/** Requests of one session at a time; browsers ask for 100, and no more than a few connections' worth is fair. */
const STREAMS_MAX = 128;

/** Octets of a request's fields, as the machines take them. */
const HEADER_LIST_BYTES_MAX = 64 * 1024;

/** Fields of a request, as the machines take them. */
const HEADER_PAIRS_MAX = 256;

/** Frames that are no HTTP/2, or streams beyond the bound, until a session is ended; an honest peer sends none. */
const OFFENCES_MAX = 100;

/** Octets that wait for the connection; beyond it the streams wait, and what the peer sends stays with the kernel. */
const UNSENT_BYTES_MAX = 256 * 1024;

/** Requests that the peer cut off, less those that it let end, until a session is ended: what nobody waits for is work. */
const RESETS_MAX = 100;

/** How long a session that says goodbye waits for its peer to take the words. */
const GOODBYE_MS = 5_000;

/** What sessions share. */
export interface Http2SessionOptions {
  readonly logger: Logger;
  readonly now: () => number;
  readonly parts: ResponseParts;
  /** The connection is let go. */
  readonly ended: (session: Http2Session) => void;
}

/** A connection with streams. */
export class Http2Session {
  readonly #duplex: SocketDuplex;
  readonly #session: ServerHttp2Session;
  readonly #options: Http2SessionOptions;
  readonly #context: Http2Context;
  readonly #sockets = new Set<Http2Socket>();
  #resets = 0;
  #quietSince: number;
  #closingSince = Infinity;
  #isOver = false;

  /** Speaks HTTP/2 from now on; every request is offered to `accept` as a connection. */
  constructor(
    duplex: SocketDuplex,
    peer: Peer,
    accept: Accept,
    options: Http2SessionOptions,
  ) {
    this.#duplex = duplex;
    this.#options = options;
    this.#quietSince = options.now();
    this.#context = {
      ...options,
      room: () => UNSENT_BYTES_MAX - duplex.writableLength,
      ended: (socket, wasReset) => this.#forget(socket, wasReset),
    };
    const session = this.#session = performServerHandshake(duplex, OPTIONS);
    session.on("error", () => {});
    session.on("stream", (stream, _fields, flags, raw?: readonly string[]) => {
      const endsHere = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      this.#take(stream, raw ?? [], endsHere, peer, accept);
    });
    const end = () => this.end();
    session.on("close", end);
    for (const event of GONE_EVENTS) duplex.on(event, end);
    duplex.on("data", () => this.#holdWhenFull());
    duplex.on("drain", () => this.#onDrain());
  }

  /** Whether no request is in progress. */
  get isQuiet(): boolean {
    return this.#sockets.size === 0;
  }

  /** Takes no further requests, lets those in progress end, and closes then. */
  drain(): void {
    if (this.#isOver || this.#session.closed) return;
    this.#session.close();
  }

  /** Ends it when it has been quiet for so long, or its peer doesn't take the last words. */
  check(now: number, idleTimeoutMs: number): void {
    if (!this.isQuiet) return;
    if (this.#session.closed || this.#session.destroyed) {
      this.#closingSince = Math.min(this.#closingSince, now);
      if (now - this.#closingSince >= GOODBYE_MS) this.end();
    } else if (now - this.#quietSince >= idleTimeoutMs) this.drain();
  }

  /** Ends it now, with the requests in progress. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const socket of this.#sockets) socket.lost();
    this.#session.destroy();
    this.#duplex.release();
    this.#options.ended(this);
  }

  #take(
    stream: ServerHttp2Stream,
    fields: readonly string[],
    endsHere: boolean,
    peer: Peer,
    accept: Accept,
  ): void {
    // A stream that failed in the same read as it came still tells of it, and nobody else listens.
    stream.on("error", () => {});
    if (this.#isOver || stream.destroyed) return this.#countReset();
    const start = requestStart(fields, endsHere);
    if (start === undefined) {
      stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
      return this.#countReset();
    }
    const socket = new Http2Socket(stream, start, this.#context);
    this.#sockets.add(socket);
    socket.serve(() => accept(socket, peer, this.#options.now()));
  }

  #forget(socket: Http2Socket, wasReset: boolean): void {
    if (!this.#sockets.delete(socket)) return;
    if (this.isQuiet) this.#quietSince = this.#options.now();
    if (wasReset) this.#countReset();
    else this.#resets = Math.max(0, this.#resets - 1);
  }

  #countReset(): void {
    const isEnding = this.#isOver || this.#session.destroyed;
    if (isEnding || ++this.#resets <= RESETS_MAX) return;
    this.#options.logger.debug("A caller resets more requests than it awaits");
    for (const socket of this.#sockets) socket.lost();
    // Destroying with a code would make an error of it.
    this.#session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    this.#session.destroy();
  }

  /** Answers to what the peer sends can't be held back one by one, so a peer that reads nothing is not read either. */
  #holdWhenFull(): void {
    if (this.#duplex.writableLength >= UNSENT_BYTES_MAX) {
      this.#duplex.hold(true);
    }
  }

  #onDrain(): void {
    this.#duplex.hold(false);
    for (const socket of this.#sockets) socket.roomAgain();
  }
}

/** When the connection is of no more use: the peer's end or hang-up, a failure, our end. */
const GONE_EVENTS = ["end", "hangUp", "error", "close", "finish"] as const;

const OPTIONS = {
  settings: {
    maxConcurrentStreams: STREAMS_MAX,
    maxHeaderListSize: HEADER_LIST_BYTES_MAX,
    enableConnectProtocol: false,
  },
  maxHeaderListPairs: HEADER_PAIRS_MAX,
  maxSessionInvalidFrames: OFFENCES_MAX,
  maxSessionRejectedStreams: OFFENCES_MAX,
  // What an origin sends twice is its affair.
  strictSingleValueFields: false,
};
