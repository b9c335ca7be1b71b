/** The peer of one socket of the edge, in the hands of a test: what it sends waits here until the driver tells of it. */
import { octetsOf, textOf } from "../../src/http1/octets.ts";
import type { FakeSocket, Fate, Outcome } from "./fake_socket.ts";

/** The far end of a socket. */
export class FarEnd {
  isEnded = false;
  isReset = false;
  /** Called when octets came; it may send, which is told later. */
  onReceived: () => void = () => {};
  readonly #socket: FakeSocket;
  readonly #waiting: Uint8Array[] = [];
  #received = "";
  #seen = 0;
  #offset = 0;
  #room = Infinity;
  unread = 0;

  /** The far end of that socket. */
  constructor(socket: FakeSocket) {
    this.#socket = socket;
  }

  /** How many octets it still takes. */
  get room(): number {
    return this.#room;
  }

  set room(room: number) {
    this.#room = room;
    this.#socket.onNews();
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
    this.#socket.onNews();
  }

  /** Ends its direction. */
  end(): void {
    this.isEnded = true;
    this.#socket.onNews();
  }

  /** Resets the connection: what was not read is lost. */
  reset(): void {
    this.isReset = true;
    this.#socket.onNews();
  }

  /** Lets an attempt to connect that was pending end. */
  conclude(outcome: Outcome): void {
    this.#socket.conclude(outcome);
  }

  /** Takes what there is room for. */
  takeUp(bytes: Uint8Array, start: number, end: number): number {
    const taken = Math.min(this.room, end - start);
    this.#room -= taken;
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
