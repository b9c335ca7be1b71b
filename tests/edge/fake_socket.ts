/**
 * A connection in memory: the edge holds the socket, the test holds its far end. Nothing is told inside a call; what
 * can be told is asked for and told by the driver, one event at a time. What breaks the contract is kept.
 */
import assert from "node:assert/strict";
import type {
  GoneReason,
  Socket,
  SocketHandler,
} from "../../src/edge/driver.ts";
import { octetsOf, textOf } from "../../src/http1/octets.ts";

/** What a socket can tell its machine next. */
export type SocketEvent =
  | "attempt"
  | "writable"
  | "bytes"
  | "end"
  | "hangup"
  | "gone";

/** How an attempt to connect ends; "pending" never does. */
export type Outcome = "connected" | "pending" | GoneReason;

/** How the edge ended its side, as the far end sees it. */
export type Fate = "open" | "finished" | "closed" | "aborted" | "gone";

/** One socket of the edge. */
export class FakeSocket implements Socket {
  /** The peer, in the hands of the test. */
  readonly far: FarEnd;
  /** How the edge ended it. */
  fate: Fate = "open";
  readonly #violations: string[];
  #handler: SocketHandler | undefined;
  #outcome: Outcome;
  #isConnecting: boolean;
  #isPaused = false;
  #isWatching = false;
  #isHangUpTold = false;
  #isEndTold = false;
  #wantsRoom = false;

  /** Connected, unless the outcome of an attempt is still to be told. */
  constructor(violations: string[], outcome?: Outcome) {
    this.#violations = violations;
    this.#outcome = outcome ?? "connected";
    this.#isConnecting = outcome !== undefined;
    this.far = new FarEnd(this);
  }

  /** Whether nothing is ever told again. */
  get isOver(): boolean {
    return this.fate === "closed" || this.fate === "aborted" ||
      this.fate === "gone";
  }

  /** Whether the machine wants no bytes for now. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Says whom to tell. */
  attend(handler: SocketHandler): void {
    this.#handler = handler;
  }

  write(bytes: Uint8Array, start: number, end: number): number {
    const offered = end - start;
    if (start < 0 || offered < 0 || end > bytes.length) {
      this.#violations.push(`write of [${start}, ${end})`);
    }
    if (this.isOver || offered === 0) return offered;
    if (this.fate === "finished") {
      this.#violations.push("write after finish");
      return offered;
    }
    if (this.#isConnecting) {
      this.#wantsRoom = true;
      return 0;
    }
    if (this.#wantsRoom) return 0;
    const taken = this.far.takeUp(bytes, start, end);
    this.#wantsRoom = taken < offered;
    return taken;
  }

  pause(watch: boolean): void {
    if (!this.#isPaused) this.#isHangUpTold = false;
    this.#isPaused = true;
    this.#isWatching = watch;
  }

  resume(): void {
    this.#isPaused = false;
    this.#isWatching = false;
  }

  finish(): void {
    if (this.isOver) return;
    this.fate = "finished";
    this.#wantsRoom = false;
  }

  close(): void {
    if (!this.isOver) this.fate = "closed";
  }

  abort(): void {
    if (!this.isOver) this.fate = "aborted";
  }

  /** Lets an attempt that was pending end. */
  conclude(outcome: Outcome): void {
    this.#outcome = outcome;
  }

  /** What can be told now. */
  events(): SocketEvent[] {
    if (this.isOver || this.#handler === undefined) return [];
    if (this.#isConnecting) {
      return this.#outcome === "pending" ? [] : ["attempt"];
    }
    const { far } = this;
    if (far.isReset) return ["gone"];
    const events: SocketEvent[] = [];
    if (this.#wantsRoom && far.room > 0) events.push("writable");
    const isEndDue = far.isEnded && !this.#isEndTold;
    if (this.#isPaused) {
      if (this.#isWatching && isEndDue && !this.#isHangUpTold) {
        events.push("hangup");
      }
    } else if (far.unread > 0) events.push("bytes");
    else if (isEndDue) events.push("end");
    return events;
  }

  /** Tells one of {@link FakeSocket.events}; of bytes at most so many, in a buffer that means nothing afterwards. */
  tell(
    event: SocketEvent,
    scratch: Uint8Array,
    bytesMax: number,
    now: number,
  ): void {
    const handler = this.#handler;
    assert.ok(handler !== undefined);
    switch (event) {
      case "attempt":
        return this.#tellAttempt(handler, now);
      case "writable":
        this.#wantsRoom = false;
        return handler.onWritable(now);
      case "bytes": {
        const start = 3;
        const end = start + this.far.deliver(scratch.subarray(3), bytesMax);
        handler.onBytes(scratch, start, end, now);
        scratch.fill(0xee, 0, end);
        return;
      }
      case "end":
        this.#isEndTold = true;
        return handler.onEnd(now);
      case "hangup":
        this.#isHangUpTold = true;
        return handler.onHangUp(now);
      case "gone":
        this.fate = "gone";
        return handler.onGone("reset", now);
    }
  }

  #tellAttempt(handler: SocketHandler, now: number): void {
    const outcome = this.#outcome;
    if (outcome === "pending") return;
    this.#isConnecting = false;
    if (outcome === "connected") return handler.onConnected(now);
    this.fate = "gone";
    handler.onGone(outcome, now);
  }
}

/** The far end of a socket. */
export class FarEnd {
  /** How many octets it still takes. */
  room = Infinity;
  isEnded = false;
  isReset = false;
  /** Called when octets came; it may send, which is told later. */
  onReceived: () => void = () => {};
  readonly #socket: FakeSocket;
  readonly #waiting: Uint8Array[] = [];
  #received = "";
  #seen = 0;
  #offset = 0;
  unread = 0;

  /** The far end of that socket. */
  constructor(socket: FakeSocket) {
    this.#socket = socket;
  }

  /** How the edge ended its side. */
  get fate(): Fate {
    return this.#socket.fate;
  }

  /** Whether the edge reads no further for now. */
  get isHeldBack(): boolean {
    return this.#socket.isPaused;
  }

  /** All that the edge wrote, one character an octet. */
  get received(): string {
    return this.#received;
  }

  /** What the edge wrote since this was last asked. */
  fresh(): string {
    const fresh = this.#received.slice(this.#seen);
    this.#seen = this.#received.length;
    return fresh;
  }

  /** Sends octets, or text of characters below 256. */
  send(what: string | Uint8Array): void {
    const bytes = typeof what === "string" ? octetsOf(what) : what;
    if (bytes.length === 0 || this.isEnded || this.isReset) return;
    this.#waiting.push(bytes);
    this.unread += bytes.length;
  }

  /** Ends its direction. */
  end(): void {
    this.isEnded = true;
  }

  /** Resets the connection: what was not read is lost. */
  reset(): void {
    this.isReset = true;
  }

  /** Lets an attempt to connect that was pending end. */
  conclude(outcome: Outcome): void {
    this.#socket.conclude(outcome);
  }

  /** Takes what there is room for. */
  takeUp(bytes: Uint8Array, start: number, end: number): number {
    const taken = Math.min(this.room, end - start);
    this.room -= taken;
    this.#received += textOf(bytes, start, start + taken);
    if (taken > 0) this.onReceived();
    return taken;
  }

  /** Puts at most so many of the octets that wait into the buffer; returns how many. */
  deliver(into: Uint8Array, bytesMax: number): number {
    const most = Math.min(bytesMax, this.unread, into.length);
    let count = 0;
    for (; count < most;) {
      const bytes = this.#waiting[0];
      if (bytes === undefined) break;
      const piece = bytes.subarray(
        this.#offset,
        this.#offset + most - count,
      );
      into.set(piece, count);
      count += piece.length;
      this.#offset += piece.length;
      if (this.#offset < bytes.length) break;
      this.#offset = 0;
      this.#waiting.shift();
    }
    this.unread -= count;
    return count;
  }
}
