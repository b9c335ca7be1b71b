/**
 * Bytes of a connection that can't be used up at once: a head that has not arrived in full, a request that may have to
 * be sent again, requests sent ahead. Idle connections hold none: the buffers are lent from a pool.
 */

/** Most heads fit. */
const BUFFER_BYTES = 8_192;
/** Buffers kept for later; more than connections are usually busy at once. */
const SPARE_MAX = 1_024;

/** Buffers that are not in use; bounded by {@link SPARE_MAX}. */
export class BufferPool {
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  readonly #bytes: number;

  /** Buffers of that size, the usual one when absent. */
  constructor(bytes: number = BUFFER_BYTES) {
    this.#bytes = bytes;
  }

  /** A buffer; its content means nothing. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#spare.pop() ?? new Uint8Array(this.#bytes);
  }

  /** Gives a buffer back. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === this.#bytes && this.#spare.length < SPARE_MAX) {
      this.#spare.push(buffer);
    }
  }
}

/** Bytes held by one connection; bounded by what its owner appends. */
export class HeldBytes {
  bytes: Uint8Array<ArrayBuffer> = NOTHING;
  length = 0;
  readonly #pool: BufferPool;

  /** Nothing is held. */
  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** Appends bytes[start, end). */
  append(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.bytes.length) this.#grow(needed);
    this.bytes.set(bytes.subarray(start, end), this.length);
    this.length = needed;
  }

  /** Forgets the first `count` bytes; with none left the buffer goes back to the pool. */
  drop(count: number): void {
    if (count >= this.length) return this.clear();
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }

  /** Forgets everything. */
  clear(): void {
    this.length = 0;
    if (this.bytes === NOTHING) return;
    this.#pool.give(this.bytes);
    this.bytes = NOTHING;
  }

  #grow(needed: number): void {
    if (this.bytes === NOTHING && needed <= BUFFER_BYTES) {
      this.bytes = this.#pool.take();
      return;
    }
    const wider = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    wider.set(this.bytes.subarray(0, this.length));
    this.#pool.give(this.bytes);
    this.bytes = wider;
  }
}

const NOTHING = new Uint8Array(0);
