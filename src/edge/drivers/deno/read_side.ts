/**
 * The reading half of a stream socket. Each call of the runtime has a buffer to itself until it settles. Owner: its
 * socket. Bounded by one buffer and, while it watches for the end, by {@link KEPT_BYTES_MAX} and one buffer more.
 */
import { type BufferPool, LARGE_BYTES, SMALL_BYTES } from "./buffer_pool.ts";
import type { Transport } from "./transport.ts";

/**
 * Bytes that are kept while the end is watched for: the runtime tells of an end only behind all bytes, so an end with
 * more than this before it is seen after `resume` only. Holds what a caller may well have sent ahead.
 */
const KEPT_BYTES_MAX = LARGE_BYTES;

/** What the socket is told; never inside a call. */
export interface ReadSink {
  /** Bytes came; they are the reading side's again when the call returns. */
  bytes(bytes: Uint8Array, start: number, end: number): void;
  /** The peer ended its direction, and all its bytes were told. */
  ended(): void;
  /** The peer ended its direction during a pause that watches. */
  hungUp(): void;
  /** Reading failed. */
  readFailed(): void;
  /** No call of the runtime is out any more. */
  settled(): void;
}

/** Whether bytes may come: not during a pause, and then the end is watched for or not. */
type Flow = "open" | "watching" | "paused" | "discarding" | "stopped";

/** Reads what the peer sends, in order. */
export class ReadSide {
  readonly #pool: BufferPool;
  readonly #sink: ReadSink;
  #transport: Transport | undefined;
  #flow: Flow = "open";
  #size = SMALL_BYTES;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #isRunning = false;
  #hasSeenEnd = false;
  #hasToldEnd = false;
  #hasToldHangUp = false;

  /** Reads nothing until {@link start}. */
  constructor(pool: BufferPool, sink: ReadSink) {
    this.#pool = pool;
    this.#sink = sink;
  }

  /** Whether a call of the runtime is out. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Whether the peer ended its direction, told or not. */
  get hasSeenEnd(): boolean {
    return this.#hasSeenEnd;
  }

  /** Whether the end, or a failure, is still going to be noticed without a call. */
  get isListening(): boolean {
    return this.#isRunning && this.#flow !== "stopped";
  }

  /** Reads from this connection from now on. */
  start(transport: Transport): void {
    this.#transport = transport;
    this.#go();
  }

  /** Tells of no bytes and no end until {@link resume}. */
  pause(watch: boolean): void {
    if (!this.#canChange()) return;
    const flow = watch ? "watching" : "paused";
    if (this.#flow === flow) return;
    this.#flow = flow;
    if (!watch) return;
    this.#hasToldHangUp = false;
    if (this.#hasSeenEnd) queueMicrotask(() => this.#tellHangUp());
    else this.#go();
  }

  /** Tells again, what was kept first. */
  resume(): void {
    if (!this.#canChange() || this.#flow === "open") return;
    this.#flow = "open";
    queueMicrotask(() => this.#deliver());
  }

  /** Reads on to the end and drops what comes. */
  discard(): void {
    if (this.#flow === "stopped") return;
    this.#flow = "discarding";
    this.#drop();
    this.#go();
  }

  /** Tells nothing any more. */
  stop(): void {
    this.#flow = "stopped";
    this.#drop();
  }

  #canChange(): boolean {
    return this.#flow !== "stopped" && this.#flow !== "discarding";
  }

  #go(): void {
    const transport = this.#transport;
    if (transport === undefined || this.#isRunning || !this.#wantsMore()) {
      return;
    }
    this.#isRunning = true;
    this.#run(transport);
  }

  #wantsMore(): boolean {
    if (this.#hasSeenEnd) return false;
    switch (this.#flow) {
      case "open":
      case "discarding":
        return true;
      case "watching":
        return this.#keptBytes < KEPT_BYTES_MAX;
      case "paused":
      case "stopped":
        return false;
    }
  }

  async #run(transport: Transport): Promise<void> {
    try {
      while (this.#wantsMore()) {
        const buffer = this.#pool.take(this.#size);
        try {
          this.#take(buffer, await transport.read(buffer));
        } finally {
          this.#pool.giveBack(buffer);
        }
      }
      this.#isRunning = false;
    } catch {
      this.#isRunning = false;
      if (this.#flow !== "stopped") this.#sink.readFailed();
    }
    this.#sink.settled();
  }

  #take(buffer: Uint8Array, count: number | null): void {
    if (count === null) {
      this.#hasSeenEnd = true;
      this.#tellHangUp();
      this.#deliver();
      return;
    }
    // A large buffer is for the next read after a full one only, so that a connection never falls quiet with it.
    this.#size = count === buffer.length ? LARGE_BYTES : SMALL_BYTES;
    switch (this.#flow) {
      case "discarding":
      case "stopped":
        return;
      case "open":
        if (this.#kept.length === 0) return this.#sink.bytes(buffer, 0, count);
    }
    this.#kept.push(buffer.slice(0, count));
    this.#keptBytes += count;
    this.#deliver();
  }

  #deliver(): void {
    while (this.#flow === "open") {
      const bytes = this.#kept.shift();
      if (bytes === undefined) break;
      this.#keptBytes -= bytes.length;
      this.#sink.bytes(bytes, 0, bytes.length);
    }
    if (this.#hasSeenEnd) return this.#tellEnd();
    this.#go();
  }

  #tellEnd(): void {
    if (this.#hasToldEnd) return;
    const isDiscarded = this.#flow === "discarding";
    if (!isDiscarded && (this.#flow !== "open" || this.#kept.length > 0)) {
      return;
    }
    this.#hasToldEnd = true;
    this.#sink.ended();
  }

  #tellHangUp(): void {
    if (this.#flow !== "watching" || this.#hasToldHangUp) return;
    if (this.#hasToldEnd) return;
    this.#hasToldHangUp = true;
    this.#sink.hungUp();
  }

  #drop(): void {
    this.#kept = [];
    this.#keptBytes = 0;
  }
}
