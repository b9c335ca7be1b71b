/**
 * One connection from a caller: reads request heads under a deadline, hands each request to its exchange, keeps order,
 * ends well. Owner: the edge. Holds at most a head, what a body scan looks at, and one read of what was sent ahead.
 */
import { BodyReader } from "../http1/body_reader.ts";
import type { GoneReason, Peer, Socket, SocketHandler } from "./driver.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { Exchange } from "./exchange.ts";
import type { CallerLines } from "./caller_lines.ts";
import { HeadReader } from "./head_reader.ts";
import { HeldBytes } from "./held_bytes.ts";
import { Output } from "./output.ts";
import { refusalBytes, type RefusalCode } from "./refusals.ts";

/** What a connection is doing. */
type Phase =
  /** Waits for a head or reads it. */
  | "head"
  /** A request is in progress. */
  | "exchange"
  /** The response is over, but the caller has yet to take it before its next request is looked at. */
  | "flushing"
  /** The last response has yet to leave; what still comes is thrown away. */
  | "closing"
  | "gone";

/** A connection from a caller. */
export class Caller implements SocketHandler {
  readonly peer: Peer;
  readonly lines: CallerLines;
  /** Whether the peer's word about other callers is believed. */
  readonly isTrusted: boolean;
  /** Whether it came to an address of the management paths alone. */
  readonly isAdmin: boolean;
  readonly output: Output;
  /** The head of the present request and what came after it, or what has come of the next. */
  readonly held: HeldBytes;
  /** The body of the present request. */
  readonly body: BodyReader;
  /** When the present state has lasted too long, monotonic milliseconds. */
  deadline: number;
  readonly #parts: EdgeParts;
  readonly #socket: Socket;
  readonly #heads: HeadReader;
  readonly #exchange: Exchange;
  readonly #onClosed: (caller: Caller) => void;
  #phase: Phase = "head";
  #stallDeadline = Infinity;
  #isPaused = false;
  #isReading = false;

  /** A connection that has just been accepted. */
  constructor(
    socket: Socket,
    peer: Peer,
    listener: { readonly scheme: "http" | "https"; readonly isAdmin: boolean },
    parts: EdgeParts,
    now: number,
    onClosed: (caller: Caller) => void,
  ) {
    this.#socket = socket;
    this.peer = peer;
    this.#parts = parts;
    this.#onClosed = onClosed;
    this.lines = parts.knownCallers.get(peer.ip, listener.scheme);
    this.isAdmin = listener.isAdmin;
    this.isTrusted = !parts.trusted.isEmpty && parts.trusted.includes(peer.ip);
    this.output = new Output(socket, parts.writer);
    this.held = new HeldBytes(parts.pool);
    this.body = new BodyReader(parts.names, parts.trailerFields);
    this.#heads = new HeadReader(this.held, parts);
    this.#exchange = new Exchange(this, parts);
    this.deadline = now + parts.settings.readHeaderTimeoutMs;
  }

  /** Whether no request is in progress and none has begun to arrive. */
  get isIdle(): boolean {
    return this.#phase === "head" && this.held.length === 0;
  }

  onConnected(): void {
    // Callers connect to us.
  }

  onBytes(bytes: Uint8Array, start: number, end: number, now: number): void {
    switch (this.#phase) {
      case "head":
        return this.#onHeadBytes(bytes, start, end, now);
      case "exchange":
        return this.#exchange.onCallerBytes(bytes, start, end, now);
      case "flushing":
        return this.hold(bytes, start, end, true);
      case "closing":
      case "gone":
        return;
    }
  }

  onWritable(now: number): void {
    this.output.resume();
    if (this.output.isBlocked) {
      this.#stallDeadline = now + this.#parts.settings.writeStallMs;
      return;
    }
    this.#stallDeadline = Infinity;
    switch (this.#phase) {
      case "exchange":
        return this.#exchange.onCallerWritable(now);
      case "flushing":
        return this.#next(now);
      case "closing":
        return this.close();
      case "head":
      case "gone":
        return;
    }
  }

  onEnd(now: number): void {
    switch (this.#phase) {
      case "head":
      case "flushing":
        return this.close();
      case "exchange":
        return this.#exchange.onCallerEnd(now);
      case "closing":
      case "gone":
        return;
    }
  }

  onHangUp(now: number): void {
    this.onEnd(now);
  }

  onGone(_reason: GoneReason, now: number): void {
    const wasInExchange = this.#phase === "exchange";
    this.#leave();
    if (wasInExchange) this.#exchange.cancel(now);
  }

  /** Keeps bytes that came too early, and reads no further. */
  hold(bytes: Uint8Array, start: number, end: number, watch: boolean): void {
    if (start < end) this.held.append(bytes, start, end);
    this.pause(watch);
  }

  /** Reads no further; with `watch` the caller's end is still noticed. */
  pause(watch: boolean): void {
    this.#isPaused = true;
    this.#socket.pause(watch);
  }

  /** Reads on. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** Sends what was put together; false when the caller takes no more for now. */
  flush(now: number): boolean {
    this.output.flush();
    if (!this.output.isBlocked) return true;
    if (this.#stallDeadline === Infinity) {
      this.#stallDeadline = now + this.#parts.settings.writeStallMs;
    }
    return false;
  }

  /** The response is over: the next request, or the end. */
  responseDone(keepAlive: boolean, now: number): void {
    this.output.gather(0);
    this.flush(now);
    if (!keepAlive || this.#parts.load.isDraining) return this.end();
    this.#phase = "flushing";
    if (this.output.isClear) this.#next(now);
  }

  #next(now: number): void {
    this.#phase = "head";
    if (this.held.length > 0) {
      this.deadline = now + this.#parts.settings.readHeaderTimeoutMs;
      this.#readHeads(now);
    } else this.deadline = now + this.#parts.settings.idleTimeoutMs;
    if (this.#phase === "head") this.resume();
  }

  /** Ends the connection after what was written. */
  end(): void {
    this.held.clear();
    this.#phase = "closing";
    this.deadline = Infinity;
    this.resume();
    if (this.output.isClear) this.close();
  }

  /** Closes the connection; nothing more is expected of the caller. */
  close(): void {
    if (this.#phase === "gone") return;
    this.#leave();
    this.#socket.close();
  }

  /** Ends the connection at once, so that a response cut short can't be taken for a whole one. */
  abort(): void {
    if (this.#phase === "gone") return;
    this.#leave();
    this.#socket.abort();
  }

  /** Ends whatever has lasted too long. */
  check(now: number): void {
    if (now >= this.#stallDeadline) return this.cutOff(now);
    if (now < this.deadline) return;
    switch (this.#phase) {
      case "head":
        if (this.held.length === 0) return this.close();
        return this.#refuseHead("request_timeout", now);
      case "exchange":
        return this.#exchange.onDeadline(now);
      case "flushing":
      case "closing":
      case "gone":
        return;
    }
  }

  /** Nothing new is begun from now on. */
  onDrain(now: number): void {
    if (this.#phase === "exchange") this.#exchange.onDrain(now);
  }

  /** Ends the connection now, with the request in progress. */
  cutOff(now: number): void {
    const wasInExchange = this.#phase === "exchange";
    this.abort();
    if (wasInExchange) this.#exchange.cancel(now);
  }

  #onHeadBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    now: number,
  ): void {
    if (this.held.length === 0) {
      const headDeadline = now + this.#parts.settings.readHeaderTimeoutMs;
      this.deadline = Math.min(this.deadline, headDeadline);
    }
    if (this.#heads.take(bytes, start, end)) this.#readHeads(now);
  }

  /** Begins the requests that are held, one after the other, as long as each ends at once. */
  #readHeads(now: number): void {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#phase === "head" && this.held.length > 0) {
      const verdict = this.#heads.read();
      if (verdict === "incomplete") break;
      if (verdict === "complete") {
        this.#phase = "exchange";
        this.#exchange.begin(this.#parts.requestHead, now);
      } else this.#refuseHead(verdict, now);
    }
    this.#isReading = false;
  }

  #refuseHead(code: RefusalCode, now: number): void {
    const { requestIds, logger } = this.#parts;
    const requestId = requestIds.text(requestIds.next());
    logger.debug("Request refused", { requestId, code, peer: this.peer.ip });
    const response = refusalBytes(code, requestId, {
      keepAlive: false,
      isHead: false,
    });
    this.output.take(response, 0, response.length);
    this.flush(now);
    this.end();
  }

  #leave(): void {
    if (this.#phase === "gone") return;
    this.#phase = "gone";
    this.held.clear();
    this.#onClosed(this);
  }
}
