/**
 * A socket of a driver as a stream of Node's API, for TLS to stand on. Owner of the socket. Bounded by the stream's
 * own buffers: a reader that is slow pauses the socket.
 */
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import type { GoneReason, Socket, SocketHandler } from "../../driver.ts";
import type { TurnTaking } from "./turn_taking.ts";

/** What the rest of a write waits for. */
interface Cut {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly done: () => void;
}

/** Hands bytes on in both directions; give it its socket before anything comes. */
export class SocketDuplex extends Duplex implements SocketHandler {
  /** Settles when an outgoing connection stands, with the reason when it does not. */
  readonly connected: Promise<GoneReason | undefined>;
  readonly #turns: TurnTaking;
  readonly #connected = Promise.withResolvers<GoneReason | undefined>();
  #socket: Socket | undefined;
  #cut: Cut | undefined;
  #isFull = false;
  #isHeld = false;
  #isPaused = false;
  #isFinished = false;

  /** Stands on nothing yet. */
  constructor(turns: TurnTaking) {
    super({ allowHalfOpen: true, autoDestroy: false });
    this.#turns = turns;
    this.connected = this.#connected.promise;
    // Who waits for the outcome of an operation hears of a failure there.
    this.on("error", () => {});
  }

  /** Stands on this socket from now on. */
  attach(socket: Socket): void {
    this.#socket = socket;
  }

  /** Lets go of the socket: bytes are still delivered when our direction was ended, and dropped otherwise. */
  release(): void {
    if (this.#isFinished) this.#socket?.close();
    else this.#socket?.abort();
    this.#connected.resolve("reset");
    this.destroy();
  }

  /** Stops bytes from coming, for whoever reads what is made of them, or lets them come again. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#pace();
  }

  /** There is work to do for what stands on this. */
  askForTurn(): void {
    this.#turns.ask();
  }

  /** The connection stands. */
  onConnected(_now: number): void {
    this.askForTurn();
    this.#connected.resolve(undefined);
  }

  /** Hands bytes to the reader. */
  onBytes(bytes: Uint8Array, start: number, end: number, _now: number): void {
    this.askForTurn();
    if (this.push(Buffer.from(bytes.slice(start, end).buffer))) return;
    this.#isFull = true;
    this.#pace();
  }

  /** Writes the rest of what was cut short. */
  onWritable(_now: number): void {
    this.askForTurn();
    const cut = this.#cut;
    this.#cut = undefined;
    if (cut !== undefined) this.#offer(cut.bytes, cut.start, cut.done);
  }

  /** The peer ended its direction. */
  onEnd(_now: number): void {
    this.askForTurn();
    this.push(null);
  }

  /** What is unread tells of its end later. */
  onHangUp(_now: number): void {
    // Never asked for.
  }

  /** The connection failed. */
  onGone(reason: GoneReason, _now: number): void {
    this.askForTurn();
    this.#connected.resolve(reason);
    this.destroy(new Error(`The connection failed: ${reason}`));
  }

  override _read(): void {
    this.#isFull = false;
    this.#pace();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void) {
    this.#offer(chunk, 0, done);
  }

  override _final(done: () => void): void {
    this.#isFinished = true;
    this.#socket?.finish();
    done();
  }

  #pace(): void {
    const isPaused = this.#isFull || this.#isHeld;
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#socket?.pause(true);
    else this.#socket?.resume();
  }

  #offer(bytes: Uint8Array, start: number, done: () => void): void {
    if (this.#socket === undefined) return;
    const taken = this.#socket.write(bytes, start, bytes.length);
    if (start + taken === bytes.length) return done();
    this.#cut = { bytes, start: start + taken, done };
  }
}
