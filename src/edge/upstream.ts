/**
 * One connection to an origin: it reads the responses and tells the exchange that uses it. Without a user it waits for
 * the next one; whatever happens to it then ends it. Owner: its exchange, or its origin while it waits.
 */
import { BodyReader, type OctetSink } from "../http1/body_reader.ts";
import { HEAD_BYTES_MAX } from "../http1/head.ts";
import { hasLineEnd } from "../http1/octets.ts";
import type { ResponseHead } from "../http1/response_head.ts";
import { parseResponseHead } from "../http1/response_head.ts";
import type { ResponseFault } from "../http1/refusal.ts";
import type { GoneReason, Socket, SocketHandler } from "./driver.ts";
import type { EdgeParts } from "./edge_parts.ts";
import type { Clearance } from "./endpoint_gate.ts";
import { HeldBytes } from "./held_bytes.ts";
import type { Origin } from "./origin.ts";
import { Output } from "./output.ts";
import type { Panicking } from "./panic.ts";

/** Most responses that come before the final one. */
const INTERIM_MAX = 64;
const SWITCHING_PROTOCOLS = 101;

/** What is told of a connection that is being opened. */
export interface OpeningUser {
  /** In whose name it is opened. */
  readonly owner: Panicking;
  /** The connection stands and waits for its first user. */
  onOpened(upstream: Upstream, now: number): void;
  /** It can't be opened. */
  onOpenFailed(reason: GoneReason, now: number): void;
}

/** What the user of a connection is told. */
export interface UpstreamUser {
  /** In whose name the connection is used. */
  readonly owner: Panicking;
  /** An interim (1xx) response came, other than 101. */
  onInterim(bytes: Uint8Array, head: ResponseHead, now: number): void;
  /** A final response or 101 came; the user begins the upstream's body reader. */
  onResponse(bytes: Uint8Array, head: ResponseHead, now: number): void;
  /** Where the body goes, once the response came. */
  readonly bodyOutput: OctetSink;
  /** Some of the body went there; `isOver` with its last octet, `isSurplus` when more came than belongs to it. */
  onBody(isOver: boolean, isSurplus: boolean, now: number): void;
  /** The origin takes bytes again. */
  onUpstreamWritable(now: number): void;
  /** What the origin says can't be understood. */
  onFault(fault: ResponseFault, now: number): void;
  /** The connection is gone: it failed, or ended where it must not. */
  onUpstreamGone(now: number): void;
}

/** What a tunnel over the connection is told. */
export interface TunnelUser {
  readonly onOriginBytes: SocketHandler["onBytes"];
  onOriginWritable(now: number): void;
  onOriginEnd(now: number): void;
  onOriginGone(now: number): void;
}

type Phase = "connecting" | "idle" | "head" | "body" | "tunnel" | "gone";

/** A connection to an origin. */
export class Upstream implements SocketHandler {
  readonly origin: Origin;
  readonly output: Output;
  readonly body: BodyReader;
  readonly #parts: EdgeParts;
  readonly #socket: Socket;
  readonly #partial: HeldBytes;
  readonly #tlsAge: number;
  /** When it is closed if nobody takes it, monotonic milliseconds. */
  idleUntil = Infinity;
  /** For whom it may be used; the dialler's. */
  clearance: Clearance | undefined;
  #opening: OpeningUser | undefined;
  /** Who closes the books when something throws; nobody's while the connection waits. */
  #owner: Panicking | undefined;
  #user: UpstreamUser | undefined;
  #tunnel: TunnelUser | undefined;
  #phase: Phase = "connecting";
  #interimCount = 0;

  /** Begins to connect; `connect` makes the socket with this as its handler. */
  constructor(
    origin: Origin,
    opening: OpeningUser,
    parts: EdgeParts,
    connect: (handler: SocketHandler) => Socket,
  ) {
    this.origin = origin;
    this.#parts = parts;
    this.#opening = opening;
    this.#owner = opening.owner;
    this.#tlsAge = parts.tlsAge;
    this.#socket = connect(this);
    this.output = new Output(this.#socket, parts.writer);
    this.body = new BodyReader(parts.rules.names, parts.trailerFields);
    this.#partial = new HeldBytes(parts.pool);
    origin.openCount++;
  }

  /** Serves a user. */
  attach(user: UpstreamUser): void {
    this.#user = user;
    this.#owner = user.owner;
    this.#phase = "head";
    this.#interimCount = 0;
  }

  /** Reads no further until {@link Upstream.resume}. */
  pause(): void {
    this.#socket.pause(false);
  }

  /** Reads on. */
  resume(): void {
    this.#socket.resume();
  }

  /** The response is over and the connection fit for another: it waits, or is closed when none like it is wanted. */
  giveBack(now: number): void {
    this.#user = undefined;
    this.#owner = undefined;
    this.#phase = "idle";
    const isOld = this.#tlsAge !== this.#parts.tlsAge && this.origin.isTls;
    if (isOld || !this.origin.putIdle(this, now)) this.close();
  }

  /** Becomes a tunnel: its user is told of it from now on. */
  tunnel(tunnel: TunnelUser): void {
    this.#phase = "tunnel";
    this.#user = undefined;
    this.#tunnel = tunnel;
  }

  /** Ends the connection; what was written still arrives. */
  close(): void {
    this.#leave();
    this.#socket.close();
  }

  /** Ends the connection at once. */
  abort(): void {
    this.#leave();
    this.#socket.abort();
  }

  onConnected(now: number): void {
    const opening = this.#opening;
    this.#opening = undefined;
    opening?.onOpened(this, now);
  }

  onBytes(bytes: Uint8Array, start: number, end: number, now: number): void {
    switch (this.#phase) {
      case "head":
        return this.#readHead(bytes, start, end, now);
      case "body":
        return this.#readBody(bytes, start, end, now);
      case "tunnel":
        return this.#tunnel?.onOriginBytes(bytes, start, end, now);
      case "idle":
        this.origin.removeIdle(this);
        return this.close();
      case "connecting":
      case "gone":
        return;
    }
  }

  onWritable(now: number): void {
    this.output.resume();
    if (this.output.isBlocked) return;
    this.#user?.onUpstreamWritable(now);
    this.#tunnel?.onOriginWritable(now);
  }

  onEnd(now: number): void {
    const user = this.#user;
    switch (this.#phase) {
      case "idle":
        this.origin.removeIdle(this);
        return this.close();
      case "tunnel":
        return this.#tunnel?.onOriginEnd(now);
      case "body":
        if (user !== undefined && this.body.end(user.bodyOutput)) {
          return user.onBody(true, true, now);
        }
    }
    this.close();
    user?.onUpstreamGone(now);
  }

  /** Only asked for by pause(true), which upstream connections never use. */
  onHangUp(): void {}

  onGone(reason: GoneReason, now: number): void {
    if (this.#phase === "idle") this.origin.removeIdle(this);
    const user = this.#user;
    const tunnel = this.#tunnel;
    const opening = this.#opening;
    this.#leave();
    opening?.onOpenFailed(reason, now);
    user?.onUpstreamGone(now);
    tunnel?.onOriginGone(now);
  }

  onPanic(error: unknown, now: number): void {
    this.#owner?.onPanic(error, now);
    if (this.#phase !== "idle" && this.#phase !== "gone") this.abort();
  }

  #leave(): void {
    if (this.#phase === "gone") return;
    this.#phase = "gone";
    this.#opening = undefined;
    this.#user = undefined;
    this.#tunnel = undefined;
    this.#partial.clear();
    this.origin.openCount--;
  }

  #readHead(
    bytes: Uint8Array,
    start: number,
    end: number,
    now: number,
  ): void {
    const partial = this.#partial;
    if (partial.length === 0) {
      const rest = this.#readHeads(bytes, start, end, now);
      if (rest < end) partial.append(bytes, rest, end);
      return;
    }
    partial.append(bytes, start, end);
    // A head can only be over where a line ends, and its lines are few: a dripping origin costs no more than that.
    if (!hasLineEnd(bytes, start, end)) {
      if (partial.length <= HEAD_BYTES_MAX) return;
      return void this.#fault("head_too_large", 0, now);
    }
    const rest = this.#readHeads(partial.bytes, 0, partial.length, now);
    partial.drop(rest);
  }

  /** Reads heads, and the body after a final one; returns where an incomplete head begins. */
  #readHeads(
    bytes: Uint8Array,
    start: number,
    end: number,
    now: number,
  ): number {
    const { responseHead: head, rules: { names } } = this.#parts;
    let at = start;
    while (at < end) {
      const verdict = parseResponseHead(bytes, at, end, names, head);
      if (verdict === "incomplete") return at;
      if (verdict !== "complete") return this.#fault(verdict, end, now);
      at = head.end;
      if (head.status >= 200 || head.status === SWITCHING_PROTOCOLS) {
        this.#phase = "body";
        this.#user?.onResponse(bytes, head, now);
        this.#readAfterHead(bytes, at, end, now);
        return end;
      }
      if (++this.#interimCount > INTERIM_MAX) {
        return this.#fault("too_many_interim_responses", end, now);
      }
      this.#user?.onInterim(bytes, head, now);
      if (this.#phase !== "head") return end;
    }
    return end;
  }

  #readAfterHead(
    bytes: Uint8Array,
    at: number,
    end: number,
    now: number,
  ): void {
    if (this.#phase === "body") this.#readBody(bytes, at, end, now);
    else if (at < end) this.onBytes(bytes, at, end, now);
  }

  #readBody(bytes: Uint8Array, start: number, end: number, now: number): void {
    const user = this.#user;
    if (user === undefined) return;
    const after = this.body.read(bytes, start, end, user.bodyOutput);
    if (this.body.fault !== undefined) user.onFault(this.body.fault, now);
    else user.onBody(this.body.isDone, after < end, now);
  }

  #fault(fault: ResponseFault, end: number, now: number): number {
    this.#user?.onFault(fault, now);
    return end;
  }
}
