/**
 * One connection from a proxy: until its PROXY header has come it belongs to the gate, afterwards everything is passed
 * on. Owner of the bytes of the header, bounded by what the codec looks at, and of a timer.
 */
import { canonicalAddress } from "../../config/address_ranges.ts";
import {
  type ProxyFault,
  type ProxyHeader,
  readProxyHeader,
} from "../../http1/proxy_protocol.ts";
import type {
  Accept,
  GoneReason,
  Peer,
  Socket,
  SocketHandler,
} from "../driver.ts";
import { type BufferPool, HeldBytes } from "../held_bytes.ts";

/** What a passage leads to. */
export interface PassageParts {
  /** Takes the connection once it is known who called. */
  readonly accept: Accept;
  readonly pool: BufferPool;
  /** Time for the header, from the connection on. */
  readonly timeoutMs: number;
  /** The header has come, or never will. */
  readonly onOver: () => void;
  /** The header was missing or bad, or did not come in time; the connection is closed. */
  readonly onRefused: (fault: ProxyFault | "timeout") => void;
}

/** One connection. */
export class ProxyPassage implements SocketHandler {
  /** Settles when the header has come, or never will. */
  readonly over: Promise<void>;
  readonly #socket: Socket;
  readonly #peer: Peer;
  readonly #parts: PassageParts;
  readonly #held: HeldBytes;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #settle: () => void;
  #isOver = false;
  #handler: SocketHandler | undefined;

  /** A connection that has just been accepted. */
  constructor(socket: Socket, peer: Peer, parts: PassageParts) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#settle = resolve;
    this.#socket = socket;
    this.#peer = peer;
    this.#parts = parts;
    this.#held = new HeldBytes(parts.pool);
    this.#timer = setTimeout(() => this.#refuse("timeout"), parts.timeoutMs);
  }

  /** Ends the connection, unless it is somebody else's by now. */
  abort(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#socket.abort();
  }

  onConnected(): void {
    // Callers connect to us.
  }

  onBytes(bytes: Uint8Array, start: number, end: number, now: number): void {
    if (this.#isOver) return this.#handler?.onBytes(bytes, start, end, now);
    if (this.#held.length === 0) {
      const header = readProxyHeader(bytes, start, end);
      if (header.kind !== "incomplete") {
        return this.#take(header, bytes, end, now);
      }
    }
    const held = this.#held;
    held.append(bytes, start, end);
    this.#take(
      readProxyHeader(held.bytes, 0, held.length),
      held.bytes,
      held.length,
      now,
    );
  }

  onWritable(now: number): void {
    this.#handler?.onWritable(now);
  }

  onEnd(now: number): void {
    if (this.#isOver) this.#handler?.onEnd(now);
    else this.abort();
  }

  onHangUp(now: number): void {
    this.#handler?.onHangUp(now);
  }

  onGone(reason: GoneReason, now: number): void {
    if (this.#isOver) this.#handler?.onGone(reason, now);
    else this.#leave();
  }

  onPanic(error: unknown, now: number): void {
    if (this.#handler?.onPanic === undefined) throw error;
    this.#handler.onPanic(error, now);
  }

  /** Goes by the header that bytes[…, end) begin with. */
  #take(
    header: ProxyHeader,
    bytes: Uint8Array,
    end: number,
    now: number,
  ): void {
    switch (header.kind) {
      case "incomplete":
        return;
      case "refused":
        return this.#refuse(header.fault);
      case "local":
        this.#pass(this.#peer, now);
        break;
      case "proxied": {
        const { ip, port } = header;
        this.#pass({ ip: canonicalAddress(ip) ?? ip, port }, now);
      }
    }
    if (header.end < end) {
      this.#handler?.onBytes(bytes, header.end, end, now);
    }
    this.#held.clear();
  }

  #pass(peer: Peer, now: number): void {
    this.#end();
    this.#handler = this.#parts.accept(this.#socket, peer, now);
    if (this.#handler === undefined) this.#socket.close();
  }

  #refuse(fault: ProxyFault | "timeout"): void {
    if (this.#isOver) return;
    this.#parts.onRefused(fault);
    this.abort();
  }

  #leave(): void {
    this.#end();
    this.#held.clear();
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#parts.onOver();
    this.#settle();
  }
}
