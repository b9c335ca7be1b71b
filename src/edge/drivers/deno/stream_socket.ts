/**
 * A socket of the edge over a connection of the runtime: connecting, open, closing, gone. Owner: the {@link SocketSet}
 * it is in, which it leaves when no call of the runtime is out any more.
 */
import type { Logger } from "../../../ports.ts";
import type { GoneReason, Socket, SocketHandler } from "../../driver.ts";
import type { BufferPool } from "./buffer_pool.ts";
import { ReadSide } from "./read_side.ts";
import { closeQuietly, type Dial, type Transport } from "./transport.ts";
import { WriteSide } from "./write_side.ts";

/** How long a closed socket tries to deliver what was taken; a peer that reads nothing has lost it then. */
const CLOSE_WRITE_MS = 10_000;

/**
 * How long a closed socket waits for the peer's end after its own. Without it what the peer is still sending would be
 * answered with a reset, which destroys our last bytes on their way.
 */
const CLOSE_LINGER_MS = 2_000;

/** What sockets share. */
export interface SocketContext {
  readonly logger: Logger;
  readonly now: () => number;
  readonly pool: BufferPool;
  /** The socket holds nothing of the runtime any more. */
  readonly ended: (socket: StreamSocket) => void;
}

/** One connection, from or to a peer. */
export class StreamSocket implements Socket {
  readonly #context: SocketContext;
  readonly #reading: ReadSide;
  readonly #writing: WriteSide;
  #handler: SocketHandler | undefined;
  #transport: Transport | undefined;
  #dialling: AbortController | undefined;
  #state: "open" | "closing" | "gone" = "open";
  #isWriteBroken = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Belongs to nobody until {@link serve} or {@link dial}. */
  constructor(context: SocketContext) {
    this.#context = context;
    this.#reading = new ReadSide(context.pool, {
      bytes: (bytes, start, end) => this.#onBytes(bytes, start, end),
      ended: () => this.#onEnd(),
      hungUp: () => this.#tell((handler, now) => handler.onHangUp(now)),
      readFailed: () => this.#fail("reset"),
      settled: () => this.#settle(),
    });
    this.#writing = new WriteSide(context.pool, {
      writable: () => this.#tell((handler, now) => handler.onWritable(now)),
      drained: () => this.#onDrained(),
      writeFailed: () => this.#onWriteFailed(),
      settled: () => this.#settle(),
    });
  }

  /** Stands on a connection that was accepted; `find` gives its handler, or undefined to have it closed. */
  serve(
    transport: Transport,
    find: () => SocketHandler | undefined,
  ): void {
    this.#transport = transport;
    try {
      this.#handler = find();
    } catch (error) {
      this.#blame(error);
    }
    if (this.#handler === undefined) {
      // Whoever is turned away without a word needs no wait for its end either.
      if (this.#writing.isDry) this.abort();
      else this.close();
    }
    this.#start(transport);
  }

  /** Stands on a connection that is still to be made. */
  async dial(dial: Dial, handler: SocketHandler): Promise<void> {
    this.#handler = handler;
    const dialling = this.#dialling = new AbortController();
    const dialled = await dial(dialling.signal);
    this.#dialling = undefined;
    switch (dialled.kind) {
      case "failed":
        this.#fail(dialled.reason);
        break;
      case "connected":
        if (this.#state === "gone") closeQuietly(dialled.transport);
        else {
          this.#transport = dialled.transport;
          this.#tell((handler, now) => handler.onConnected(now));
          this.#start(dialled.transport);
        }
    }
    this.#settle();
  }

  /** Offers bytes. */
  write(bytes: Uint8Array, start: number, end: number): number {
    if (this.#state !== "open" || this.#isWriteBroken) return end - start;
    return this.#writing.write(bytes, start, end);
  }

  /** Stops bytes from coming. */
  pause(watch: boolean): void {
    if (this.#state === "open") this.#reading.pause(watch);
  }

  /** Lets bytes come again. */
  resume(): void {
    if (this.#state === "open") this.#reading.resume();
  }

  /** Ends our direction. */
  finish(): void {
    if (this.#state === "open") this.#writing.finish();
  }

  /** Ends both directions after what was taken. */
  close(): void {
    if (this.#state !== "open") return;
    if (this.#transport === undefined && this.#writing.isDry) {
      return this.abort();
    }
    this.#state = "closing";
    this.#expire(CLOSE_WRITE_MS);
    this.#reading.discard();
    this.#writing.finish();
    if (this.#isWriteBroken) this.#end();
    else if (this.#writing.isDry) this.#onDrained();
  }

  /** Ends both directions now. */
  abort(): void {
    if (this.#state !== "gone") this.#end();
  }

  /** Whether the last of what was taken is on its way. */
  get isEnding(): boolean {
    return this.#state !== "gone" && this.#writing.isEnding;
  }

  /** Whether nothing of the runtime is held or awaited. */
  get isOver(): boolean {
    return this.#state === "gone" && this.#dialling === undefined &&
      !this.#reading.isRunning && !this.#writing.isRunning;
  }

  #start(transport: Transport): void {
    if (this.#state === "gone") return this.#settle();
    this.#reading.start(transport);
    this.#writing.start(transport);
  }

  #onBytes(bytes: Uint8Array, start: number, end: number): void {
    if (this.#state !== "open") return;
    try {
      this.#handler?.onBytes(bytes, start, end, this.#context.now());
    } catch (error) {
      this.#blame(error);
    }
  }

  #onEnd(): void {
    if (this.#isWriteBroken) return this.#fail("reset");
    if (this.#state === "closing") return this.#endIfDry();
    this.#tell((handler, now) => handler.onEnd(now));
  }

  #onDrained(): void {
    if (this.#state !== "closing") return;
    this.#expire(CLOSE_LINGER_MS);
    this.#endIfDry();
  }

  #endIfDry(): void {
    if (this.#reading.hasSeenEnd && this.#writing.isDry) this.#end();
  }

  /** A peer that answers early and closes breaks the writing first; its answer can still be read. */
  #onWriteFailed(): void {
    this.#isWriteBroken = true;
    if (this.#state === "closing" || !this.#reading.isListening) {
      this.#fail("reset");
    }
  }

  #fail(reason: GoneReason): void {
    if (this.#state === "gone") return;
    const wasOpen = this.#state === "open";
    this.#end();
    if (!wasOpen) return;
    try {
      this.#handler?.onGone(reason, this.#context.now());
    } catch (error) {
      this.#blame(error);
    }
  }

  #tell(tell: (handler: SocketHandler, now: number) => void): void {
    if (this.#state !== "open" || this.#handler === undefined) return;
    try {
      tell(this.#handler, this.#context.now());
    } catch (error) {
      this.#blame(error);
    }
  }

  /** The handler knows best what becomes of what it was doing; who has none or fails again is cut off. */
  #blame(error: unknown): void {
    const { logger, now } = this.#context;
    try {
      if (this.#handler?.onPanic === undefined) throw error;
      this.#handler.onPanic(error, now());
    } catch (error) {
      logger.error("A connection was aborted: its handler failed", { error });
      this.abort();
    }
  }

  #expire(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.abort(), ms);
  }

  #end(): void {
    this.#state = "gone";
    clearTimeout(this.#timer);
    this.#reading.stop();
    this.#writing.stop();
    this.#dialling?.abort();
    if (this.#transport !== undefined) closeQuietly(this.#transport);
    this.#settle();
  }

  #settle(): void {
    if (this.isOver) this.#context.ended(this);
  }
}
