/**
 * A TLS stream of Node's API as a transport. Owner of the stream and of what it stands on. The stream itself is never
 * paused, because it forgets an end that comes meanwhile; what it stands on is. Bounded by {@link UNREAD_BYTES_MAX}
 * and what was under way below.
 */
import type { TLSSocket } from "node:tls";
import type { SocketDuplex } from "./socket_duplex.ts";
import type { Transport } from "./transport.ts";

/** Decrypted bytes that nobody read; with more nothing further is taken from the connection. */
const UNREAD_BYTES_MAX = 64 * 1024;

/** Reads and writes a stream that may be half open. */
export class NodeTransport implements Transport {
  readonly #stream: TLSSocket;
  readonly #below: SocketDuplex;
  #chunks: Uint8Array[] = [];
  #unread = 0;
  #hasEnded = false;
  #failure: Error | undefined;
  #wakeReader = () => {};
  #failWriter = (_error: Error) => {};

  /** Nothing else may read from the stream. */
  constructor(stream: TLSSocket, below: SocketDuplex) {
    this.#stream = stream;
    this.#below = below;
    stream.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#unread += chunk.length;
      if (this.#unread > UNREAD_BYTES_MAX) below.hold(true);
      this.#wakeReader();
    });
    stream.on("end", () => {
      this.#hasEnded = true;
      this.#wakeReader();
    });
    const fail = (error: Error) => this.#fail(error);
    stream.on("error", fail);
    below.on("error", fail);
    const close = () => fail(new Error("The connection is closed"));
    stream.on("close", close);
    below.on("close", close);
  }

  /** Reads some bytes; null at the end. */
  async read(buffer: Uint8Array<ArrayBuffer>): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#hasEnded) return null;
      if (this.#failure !== undefined) throw this.#failure;
      const woken = Promise.withResolvers<void>();
      this.#wakeReader = woken.resolve;
      await woken.promise;
    }
    const [chunk = buffer] = this.#chunks;
    const count = Math.min(buffer.length, chunk.length);
    buffer.set(chunk.subarray(0, count));
    if (count < chunk.length) this.#chunks[0] = chunk.subarray(count);
    else this.#chunks.shift();
    this.#unread -= count;
    if (this.#unread <= UNREAD_BYTES_MAX) this.#below.hold(false);
    return count;
  }

  /** Writes all of it. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return this.#do((done) => this.#stream.write(bytes, done), bytes.length);
  }

  /** Ends our direction with a close_notify. */
  async closeWrite(): Promise<void> {
    await this.#do((done) => this.#stream.end(done), 0);
  }

  /** Ends both directions. */
  close(): void {
    this.#fail(new Error("The connection is closed"));
    this.#below.release();
    this.#stream.destroy();
  }

  #do<Value>(
    call: (done: (error?: Error | null) => void) => void,
    value: Value,
  ): Promise<Value> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#below.askForTurn();
    return new Promise((resolve, reject) => {
      this.#failWriter = reject;
      call((error) => error ? reject(error) : resolve(value));
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wakeReader();
    this.#failWriter(error);
  }
}
