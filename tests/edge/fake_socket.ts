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
import { FarEnd } from "./far_end.ts";

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
  /** Called when there may be something to tell. */
  onNews: () => void = () => {};
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
    this.onNews();
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
    this.onNews();
    return taken;
  }

  pause(watch: boolean): void {
    if (!this.#isPaused) this.#isHangUpTold = false;
    this.#isPaused = true;
    this.#isWatching = watch;
    this.onNews();
  }

  resume(): void {
    this.#isPaused = false;
    this.#isWatching = false;
    this.onNews();
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
    this.onNews();
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

  /** As the drivers do: a handler that throws is told so. */
  tell(
    event: SocketEvent,
    scratch: Uint8Array,
    bytesMax: number,
    now: number,
  ): void {
    const handler = this.#handler;
    assert.ok(handler !== undefined);
    try {
      this.#tell(event, scratch, bytesMax, now);
    } catch (error) {
      if (handler.onPanic === undefined) throw error;
      handler.onPanic(error, now);
    }
  }

  /** Tells one of {@link FakeSocket.events}; of bytes at most so many, in a buffer that means nothing afterwards. */
  #tell(
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
