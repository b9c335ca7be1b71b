/**
 * One stream of HTTP/2 as a socket of the edge: a connection with exactly one request on it. Owner of the stream; owned
 * by its session. A stream that is cut off is reset, so that nobody takes what came of it for a whole response. Bounded
 * by {@link PENDING_BYTES_MAX} out and the stream's window in.
 */
import { Buffer } from "node:buffer";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Logger } from "../../../ports.ts";
import type { Socket, SocketHandler } from "../../driver.ts";
import { chunkOf, lastChunk, type RequestStart } from "./http2_request.ts";
import {
  headersOf,
  type ResponseParts,
  ResponseReader,
  type ResponseSink,
} from "./http2_response.ts";

/** Octets of a response that wait for the window of their stream: one write of the edge, as with other sockets. */
const PENDING_BYTES_MAX = 64 * 1024;

/** How long a closed socket tries to deliver what was taken; a peer that opens no window has lost it then. */
const CLOSE_WRITE_MS = 10_000;

/** What the sockets of a session share. */
export interface Http2Context {
  readonly logger: Logger;
  readonly now: () => number;
  readonly parts: ResponseParts;
  /** How many octets the connection takes; {@link Http2Socket.roomAgain} follows when that is none. */
  readonly room: () => number;
  /** The stream is over; `wasReset` when the peer cut it off. */
  readonly ended: (socket: Http2Socket, wasReset: boolean) => void;
}

/** A request and its response as a connection. */
export class Http2Socket implements Socket, ResponseSink {
  readonly #stream: ServerHttp2Stream;
  readonly #start: RequestStart;
  readonly #context: Http2Context;
  readonly #response: ResponseReader;
  #handler: SocketHandler | undefined;
  #state: "open" | "closing" | "gone" = "open";
  #isPaused = false;
  #hasBegun = false;
  #hasRequest = false;
  #received = 0;
  #trailers: readonly string[] = [];
  #responseTrailers: readonly string[] = [];
  #pending = 0;
  #wantsRoom = false;
  #wasReset = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Belongs to nobody until {@link serve}. */
  constructor(
    stream: ServerHttp2Stream,
    start: RequestStart,
    context: Http2Context,
  ) {
    this.#stream = stream;
    this.#start = start;
    this.#context = context;
    this.#response = new ResponseReader(context.parts, start.isHead);
    stream.on("aborted", () => this.lost());
    stream.on("close", () => this.#onClose());
    stream.on(
      "trailers",
      (_fields: unknown, _flags: unknown, raw?: readonly string[]) => {
        this.#trailers = raw ?? [];
      },
    );
    stream.on("end", () => this.#onRequestEnd());
    if (start.framing.kind === "none") {
      this.#hasRequest = true;
      stream.resume();
    }
  }

  /** Stands on its stream from now on; `find` gives its handler, or undefined to have it closed. */
  serve(find: () => SocketHandler | undefined): void {
    try {
      this.#handler = find();
    } catch (error) {
      this.#blame(error);
    }
    if (this.#handler === undefined) this.close();
    else queueMicrotask(() => this.#begin());
  }

  /** Offers bytes. */
  write(bytes: Uint8Array, start: number, end: number): number {
    if (this.#state !== "open") return end - start;
    const taken = Math.min(this.#room(), end - start);
    if (taken < end - start) this.#wantsRoom = true;
    const wasWhole = this.#response.isWhole;
    try {
      this.#response.read(bytes, start, start + taken, this);
    } catch (error) {
      this.#blame(error);
    }
    if (this.#response.isBroken) this.#cutOff();
    else if (this.#response.isWhole && !wasWhole) this.#stream.end();
    return this.#state === "open" ? taken : end - start;
  }

  /** Stops the body of the request; a reset is told of anyway. */
  pause(_watch: boolean): void {
    if (this.#state !== "open" || this.#isPaused) return;
    this.#isPaused = true;
    if (!this.#hasRequest) this.#stream.pause();
  }

  /** Lets the body of the request come again. */
  resume(): void {
    if (this.#state !== "open" || !this.#isPaused) return;
    this.#isPaused = false;
    if (this.#hasBegun && !this.#hasRequest) this.#stream.resume();
  }

  /** Ends a response that only its end delimits. */
  finish(): void {
    if (this.#state !== "open" || this.#response.isWhole) return;
    if (this.#response.end()) this.#stream.end();
  }

  /** Ends the stream: after the response, or with a reset when that is not whole. */
  close(): void {
    if (this.#state !== "open") return;
    this.finish();
    if (!this.#response.isWhole) return this.abort();
    this.#state = "closing";
    this.#timer = setTimeout(() => this.#reset(), CLOSE_WRITE_MS);
    if (this.#stream.writableFinished) this.#endRequest();
    else this.#stream.once("finish", () => this.#endRequest());
  }

  /** Resets the stream. */
  abort(): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#reset();
  }

  /** The peer is gone, or its stream. */
  lost(): void {
    if (this.#state !== "open") return;
    this.#state = "gone";
    this.#wasReset = true;
    queueMicrotask(() =>
      this.#tell((handler, now) => handler.onGone("reset", now))
    );
  }

  /** The connection or the stream takes more. */
  roomAgain(): void {
    if (!this.#wantsRoom || this.#state !== "open") return;
    queueMicrotask(() => {
      if (!this.#wantsRoom || this.#state !== "open") return;
      if (this.#room() === 0) return;
      this.#wantsRoom = false;
      this.#tell((handler, now) => handler.onWritable(now));
    });
  }

  interim(status: number, fields: readonly string[]): void {
    this.#stream.additionalHeaders(headersOf(fields, status));
  }

  head(
    status: number,
    fields: readonly string[],
    isWhole: boolean,
    mayTrail: boolean,
  ): void {
    // Trailers are asked for only if somebody listens by now.
    if (mayTrail) this.#stream.once("wantTrailers", () => this.#trail());
    // The runtime knows `sendDate`, its types don't.
    const options = {
      endStream: isWhole,
      waitForTrailers: mayTrail,
      sendDate: false,
    };
    this.#stream.respond(headersOf(fields, status), options);
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.#pending += count;
    this.#stream.write(Buffer.from(bytes.slice(start, end).buffer), () => {
      this.#pending -= count;
      this.roomAgain();
    });
  }

  trailers(fields: readonly string[]): void {
    this.#responseTrailers = fields;
  }

  #trail(): void {
    this.#stream.sendTrailers(headersOf(this.#responseTrailers));
  }

  #room(): number {
    const own = PENDING_BYTES_MAX - this.#pending;
    return Math.max(0, Math.min(own, this.#context.room()));
  }

  #begin(): void {
    this.#give(this.#start.bytes);
    this.#hasBegun = true;
    if (this.#hasRequest) return;
    this.#stream.on("data", (octets: Uint8Array) => this.#onData(octets));
    if (this.#isPaused) this.#stream.pause();
  }

  #onData(octets: Uint8Array): void {
    if (this.#state !== "open" || octets.length === 0) return;
    const { framing } = this.#start;
    this.#received += octets.length;
    switch (framing.kind) {
      case "none":
        return this.#cutOff();
      case "length":
        if (this.#received > framing.bytes) return this.#cutOff();
        return this.#give(octets);
      case "chunked":
        return this.#give(chunkOf(octets));
    }
  }

  /** The request is whole: that is no end of the connection, over which the response is still to come. */
  #onRequestEnd(): void {
    if (this.#state !== "open" || this.#hasRequest) return;
    this.#hasRequest = true;
    const { framing } = this.#start;
    switch (framing.kind) {
      case "none":
        return;
      case "length":
        if (this.#received < framing.bytes) this.#cutOff();
        return;
      case "chunked": {
        const last = lastChunk(this.#trailers);
        if (last === undefined) this.#cutOff();
        else this.#give(last);
      }
    }
  }

  /** Ends what the peer still sends of a request that is answered (RFC 9113, section 8.1). */
  #endRequest(): void {
    if (this.#hasRequest) return;
    this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #give(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#tell((handler, now) => handler.onBytes(bytes, 0, bytes.length, now));
  }

  #tell(tell: (handler: SocketHandler, now: number) => void): void {
    if (this.#handler === undefined) return;
    try {
      tell(this.#handler, this.#context.now());
    } catch (error) {
      this.#blame(error);
    }
  }

  #blame(error: unknown): void {
    this.#context.logger.error("A stream's handler failed; it is reset", {
      error,
    });
    this.#cutOff();
  }

  /** Neither side's fault is the other's: both learn that the exchange is over. */
  #cutOff(): void {
    this.lost();
    this.#wasReset = false;
    this.#reset();
  }

  /** Destroying resets before anything else is sent; closing would end the response properly first. */
  #reset(): void {
    if (!this.#stream.destroyed) this.#stream.destroy(new Error("Cut off"));
  }

  #onClose(): void {
    clearTimeout(this.#timer);
    this.lost();
    this.#state = "gone";
    this.#context.ended(this, this.#wasReset && !this.#response.isWhole);
  }
}
