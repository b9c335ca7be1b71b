/**
 * What goes out on one socket. Heads and small pieces are put together in one writer that all sockets of the edge
 * share and leave with one write; what the socket does not take is kept here, in order, until it can go on. Bounded:
 * whoever feeds it pauses its source while there is a backlog, so that holds no more than one read of the source and
 * what was put together.
 */
import type { OctetSink } from "../http1/body_reader.ts";
import { OctetWriter } from "../http1/octet_writer.ts";
import type { Socket } from "./driver.ts";

/** From this many octets on a piece is written from where it is instead of being put together with others. */
const DIRECT_BYTES_MIN = 16_384;
/**
 * Room of the shared writer: the largest head, whose host may be nearly all of it and is repeated in X-Forwarded-Host
 * and in Forwarded, what else is added to it, and one read of a body.
 */
const WRITER_BYTES = 280_000;

/** The writer that the sockets of one edge share; it belongs to one output at a time. */
export class SharedWriter extends OctetWriter {
  #owner: Output | undefined;

  /** An empty writer. */
  constructor() {
    super(WRITER_BYTES);
  }

  /** Makes the output its owner; what another one had put together is sent before. */
  lend(output: Output): void {
    if (this.#owner === output) return;
    this.#owner?.flush();
    this.#owner = output;
  }
}

/** The way out of one socket. */
export class Output implements OctetSink {
  readonly #socket: Socket;
  readonly #writer: SharedWriter;
  #backlog: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;
  #gatherBytes = 0;
  #isDue = false;
  #ending: "no" | "when_clear" | "ended" = "no";

  /** Nothing is on its way. */
  constructor(socket: Socket, writer: SharedWriter) {
    this.#socket = socket;
    this.#writer = writer;
  }

  /** Whether all that was taken is with the socket. */
  get isClear(): boolean {
    return this.#end === this.#start;
  }

  /** Whether the socket took less than it was offered, so that the source should pause. */
  get isBlocked(): boolean {
    return !this.isClear && (this.#gatherBytes === 0 || this.#isDue);
  }

  /** The shared writer, to put a head together in; {@link Output.flush} sends it. */
  borrow(): OctetWriter {
    this.#writer.lend(this);
    return this.#writer;
  }

  /** Takes bytes[start, end); they leave at {@link Output.flush} at the latest. */
  take(bytes: Uint8Array, start: number, end: number): void {
    const writer = this.borrow();
    if (end - start >= DIRECT_BYTES_MIN && writer.length === 0) {
      return this.#send(bytes, start, end);
    }
    if (!writer.fits(end - start)) this.flush();
    if (writer.fits(end - start)) writer.copy(bytes, start, end);
    else this.#send(bytes, start, end);
  }

  /** Sends what was put together. */
  flush(): void {
    const writer = this.borrow();
    if (writer.length === 0) return;
    const length = writer.length;
    writer.length = 0;
    this.#send(writer.bytes, 0, length);
  }

  /** Takes back what was put together and has not left yet. */
  discard(): void {
    this.borrow().length = 0;
  }

  /** From now on gathers up to so many octets before it sends; 0 sends everything at once again. */
  gather(bytes: number): void {
    this.flush();
    this.#gatherBytes = bytes;
    if (bytes === 0) this.resume();
  }

  /** Sends what was gathered so far, or as much as the socket takes. */
  sendGathered(): void {
    this.flush();
    this.#isDue = !this.isClear;
    this.resume();
  }

  /** Ends our direction of the socket when everything has gone. */
  end(): void {
    this.sendGathered();
    if (this.#ending === "no") this.#ending = "when_clear";
    this.#endWhenClear();
  }

  /** Goes on with what is kept, when the socket has room again. */
  resume(): void {
    if (this.isClear) return;
    this.#start += this.#socket.write(this.#backlog, this.#start, this.#end);
    if (this.#start < this.#end) return;
    this.#backlog = NOTHING;
    this.#start = this.#end = 0;
    this.#isDue = false;
    this.#endWhenClear();
  }

  #endWhenClear(): void {
    if (this.#ending !== "when_clear" || !this.isClear) return;
    this.#ending = "ended";
    this.#socket.finish();
  }

  #send(bytes: Uint8Array, start: number, end: number): void {
    const isGathering = this.#gatherBytes > 0 && !this.#isDue;
    const taken = isGathering || !this.isClear
      ? 0
      : this.#socket.write(bytes, start, end);
    if (taken < end - start) this.#keep(bytes, start + taken, end);
    if (isGathering && this.#end - this.#start >= this.#gatherBytes) {
      this.#isDue = true;
      this.resume();
    }
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    const held = this.#end - this.#start;
    const needed = held + end - start;
    if (this.#end + end - start > this.#backlog.length) {
      const room = new Uint8Array(Math.max(needed, 2 * held));
      room.set(this.#backlog.subarray(this.#start, this.#end));
      this.#backlog = room;
      this.#start = 0;
      this.#end = held;
    }
    this.#backlog.set(bytes.subarray(start, end), this.#end);
    this.#end += end - start;
  }
}

const NOTHING = new Uint8Array(0);
