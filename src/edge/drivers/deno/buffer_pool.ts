/**
 * The buffers of one driver, in two sizes: a connection that is quiet stays small, one that moves much moves it in few
 * calls. Owner: the driver. Free buffers are kept up to a bound; what is in use is bounded by the connections.
 */

/** A quiet connection's buffer: 10,000 of them are 40 MB. */
export const SMALL_BYTES = 4 * 1024;

/** A busy connection's buffer: more gains nothing in a call of the runtime. */
export const LARGE_BYTES = 64 * 1024;

/** Free large buffers that are kept, 4 MiB: as many connections can be busy in one turn without an allocation. */
const LARGE_FREE_MAX = 64;

/** Free small buffers that are kept, 1 MiB. */
const SMALL_FREE_MAX = 256;

/** Lends buffers; whoever has one is its only user until it is given back. */
export class BufferPool {
  readonly #small: Uint8Array<ArrayBuffer>[] = [];
  readonly #large: Uint8Array<ArrayBuffer>[] = [];

  /** A buffer of {@link SMALL_BYTES} or {@link LARGE_BYTES}, the small one when so much fits in. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    return bytes <= SMALL_BYTES
      ? this.#small.pop() ?? new Uint8Array(SMALL_BYTES)
      : this.#large.pop() ?? new Uint8Array(LARGE_BYTES);
  }

  /** Takes a buffer back that no call of the runtime uses any more. */
  giveBack(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === SMALL_BYTES) {
      if (this.#small.length < SMALL_FREE_MAX) this.#small.push(buffer);
    } else if (this.#large.length < LARGE_FREE_MAX) this.#large.push(buffer);
  }
}
