/**
 * The writing half of a stream socket. Bytes are copied into buffers of its own, because a buffer that the runtime
 * writes from must not change: one is on its way, one is being filled. Owner: its socket. Bounded by those two buffers
 * of {@link LARGE_BYTES}; a quiet connection has none.
 */
import { type BufferPool, LARGE_BYTES } from "./buffer_pool.ts";
import type { Transport } from "./transport.ts";

/** What the socket is told; never inside a call. */
export interface WriteSink {
  /** A write that was cut short can go on. */
  writable(): void;
  /** All that was taken is written, and our direction is ended when that was asked for. */
  drained(): void;
  /** Writing failed; what was taken is lost. */
  writeFailed(): void;
  /** No call of the runtime is out any more. */
  settled(): void;
}

/** Writes what it is offered, in order. */
export class WriteSide {
  readonly #pool: BufferPool;
  readonly #sink: WriteSink;
  #transport: Transport | undefined;
  #filling: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #wantsRoom = false;
  #wantsEnd = false;
  #hasEnded = false;
  #isStopped = false;
  #isRunning = false;

  /** Takes bytes from the start; they wait for {@link start}. */
  constructor(pool: BufferPool, sink: WriteSink) {
    this.#pool = pool;
    this.#sink = sink;
  }

  /** Whether a call of the runtime is out. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Whether nothing waits to be written. */
  get isDry(): boolean {
    return !this.#isRunning && this.#filled === 0;
  }

  /** Whether the last of what was taken is on its way. */
  get isEnding(): boolean {
    return this.#wantsEnd && !this.#isStopped && !this.isDry;
  }

  /** Writes to this connection from now on. */
  start(transport: Transport): void {
    this.#transport = transport;
    this.#go();
  }

  /** Takes what there is room for; on a side that is stopped or ended all counts as taken. */
  write(bytes: Uint8Array, start: number, end: number): number {
    const offered = end - start;
    if (this.#isStopped || this.#wantsEnd) return offered;
    let taken = this.#fill(bytes, start, end);
    this.#go();
    if (taken < offered && this.#filling === undefined) {
      taken += this.#fill(bytes, start + taken, end);
    }
    if (taken < offered) this.#wantsRoom = true;
    return taken;
  }

  /** Ends our direction after what was taken. */
  finish(): void {
    if (this.#wantsEnd) return;
    this.#wantsEnd = true;
    this.#go();
  }

  /** Forgets what was not written. */
  stop(): void {
    this.#isStopped = true;
    this.#release();
  }

  #fill(bytes: Uint8Array, start: number, end: number): number {
    const wanted = this.#filled + end - start;
    let filling = this.#filling ?? this.#pool.take(wanted);
    if (wanted > filling.length && filling.length < LARGE_BYTES) {
      const large = this.#pool.take(LARGE_BYTES);
      large.set(filling.subarray(0, this.#filled));
      this.#pool.giveBack(filling);
      filling = large;
    }
    const taken = Math.min(end - start, filling.length - this.#filled);
    filling.set(bytes.subarray(start, start + taken), this.#filled);
    this.#filling = filling;
    this.#filled += taken;
    return taken;
  }

  #go(): void {
    const transport = this.#transport;
    if (transport === undefined || this.#isRunning || this.#isStopped) return;
    if (this.#filled > 0 || this.#wantsEnd && !this.#hasEnded) {
      this.#isRunning = true;
      this.#run(transport);
    }
  }

  async #run(transport: Transport): Promise<void> {
    try {
      while (this.#filled > 0 && !this.#isStopped) await this.#send(transport);
      if (this.#wantsEnd && !this.#isStopped) {
        this.#hasEnded = true;
        await transport.closeWrite();
      }
      this.#isRunning = false;
      if (!this.#isStopped) this.#sink.drained();
    } catch {
      this.#isRunning = false;
      const wasStopped = this.#isStopped;
      this.stop();
      if (!wasStopped) this.#sink.writeFailed();
      if (this.#wantsRoom) this.#sink.writable();
    }
    this.#sink.settled();
  }

  /** Writes all that was filled; another buffer can be filled meanwhile. */
  async #send(transport: Transport): Promise<void> {
    const sending = this.#filling;
    if (sending === undefined) return;
    const end = this.#filled;
    this.#filling = undefined;
    this.#filled = 0;
    try {
      let writing = transport.write(sending.subarray(0, end));
      if (this.#wantsRoom) {
        this.#wantsRoom = false;
        this.#sink.writable();
      }
      for (let start = await writing; start < end; start += await writing) {
        writing = transport.write(sending.subarray(start, end));
      }
    } finally {
      this.#pool.giveBack(sending);
    }
  }

  #release(): void {
    if (this.#filling !== undefined) this.#pool.giveBack(this.#filling);
    this.#filling = undefined;
    this.#filled = 0;
  }
}
