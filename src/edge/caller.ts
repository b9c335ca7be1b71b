/**
 * One connection from a caller: reads request heads under a deadline, hands each request to its exchange, keeps order,
 * ends well. Owner: the edge. Holds at most a head, what a body scan looks at, and one read of what was sent ahead.
 */
import type { RequestEnd } from "../traffic_ports.ts";
import { CallerConnection, type CallerEntrance } from "./caller_connection.ts";
import type { GoneReason, Peer, Socket, SocketHandler } from "./driver.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { Exchange } from "./exchange.ts";
import { HeadReader } from "./head_reader.ts";
import { PANIC_MESSAGE, shielded } from "./panic.ts";
import { writeHeadRefusal } from "./refuse.ts";
import type { RefusalCode } from "./refusals.ts";
import { REQUESTS_A_TURN, type TurnTaker } from "./turn_line.ts";

/**
 * How long a caller between two requests may still send one when the server ends, which is then answered as any other.
 * To close at once would fail a request that is on its way already; a second is longer than any way through a network,
 * and short beside what else an end takes.
 */
const DRAIN_IDLE_MS = 1_000;

/** What a connection is doing. */
type Phase =
  /** Waits for a head or reads it. */
  | "head"
  /** A request is in progress. */
  | "exchange"
  /** The response is over, but the caller has yet to take it, or to wait its turn, before its next request is read. */
  | "flushing"
  /** The last response has yet to leave; what still comes is thrown away. */
  | "closing"
  | "gone";

/** A connection from a caller. */
export class Caller extends CallerConnection
  implements SocketHandler, TurnTaker {
  readonly #heads: HeadReader;
  readonly #exchange: Exchange;
  readonly #onClosed: (caller: Caller) => void;
  #phase: Phase = "head";
  #isReading = false;
  #idleSince: number;

  /** A connection that has just been accepted. */
  constructor(
    socket: Socket,
    peer: Peer,
    entrance: CallerEntrance,
    parts: EdgeParts,
    now: number,
    onClosed: (caller: Caller) => void,
  ) {
    super(socket, peer, entrance, parts);
    this.#onClosed = onClosed;
    this.#heads = new HeadReader(this.held, parts);
    this.#exchange = new Exchange(this, parts);
    this.#idleSince = now;
    this.deadline = now +
      this.#patienceMs(parts.rules.settings.readHeaderTimeoutMs);
  }

  /** Whether no request is in progress and none has begun to arrive. */
  get isIdle(): boolean {
    return this.#phase === "head" && this.held.length === 0;
  }

  /** For how long it has been so; 0 while it isn't, milliseconds. */
  idleMs(now: number): number {
    return this.isIdle ? now - this.#idleSince : 0;
  }

  onConnected(): void {
    // Callers connect to us.
  }

  onBytes(bytes: Uint8Array, start: number, end: number, now: number): void {
    switch (this.#phase) {
      case "head":
        return this.#onHeadBytes(bytes, start, end, now);
      case "exchange":
        return this.#exchange.onCallerBytes(bytes, start, end, now);
      case "flushing":
        return this.hold(bytes, start, end, true);
      case "closing":
      case "gone":
        return;
    }
  }

  onWritable(now: number): void {
    this.output.resume();
    if (this.output.isBlocked) {
      return this.expectRoom(now);
    }
    this.stallDeadline = Infinity;
    switch (this.#phase) {
      case "exchange":
        return this.#exchange.onCallerWritable(now);
      case "flushing":
        return this.#next(now);
      case "closing":
        return this.close();
      case "head":
      case "gone":
        return;
    }
  }

  onEnd(now: number): void {
    switch (this.#phase) {
      case "head":
      case "flushing":
        return this.close();
      case "exchange":
        return this.#exchange.onCallerEnd(now);
      case "closing":
      case "gone":
        return;
    }
  }

  onHangUp(now: number): void {
    this.onEnd(now);
  }

  onGone(_reason: GoneReason, now: number): void {
    const wasInExchange = this.#phase === "exchange";
    this.#leave();
    if (wasInExchange) this.#exchange.cancel(now);
  }

  /** The response is over: the next request, or the end. */
  responseDone(keepAlive: boolean, now: number): void {
    this.output.gather(0);
    this.flush(now);
    if (!keepAlive) return this.end();
    this.#phase = "flushing";
    if (this.output.isClear) this.#next(now);
  }

  onTurn(now: number): void {
    if (this.#phase === "flushing" && this.output.isClear) this.#next(now);
  }

  #next(now: number): void {
    this.#phase = "head";
    const { settings } = this.parts.rules;
    if (this.held.length > 0) {
      this.deadline = now + settings.readHeaderTimeoutMs;
      this.#readHeads(now);
    } else {
      this.#idleSince = now;
      this.deadline = now + this.#patienceMs(settings.idleTimeoutMs);
    }
    if (this.#phase === "head") this.resume();
  }

  /** Ends the connection after what was written. */
  end(): void {
    this.held.clear();
    this.#phase = "closing";
    this.deadline = Infinity;
    this.resume();
    if (this.output.isClear) this.close();
  }

  /** Closes the connection; nothing more is expected of the caller. */
  close(): void {
    if (this.#phase === "gone") return;
    this.#leave();
    this.socket.close();
  }

  /** Ends the connection at once, so that a response cut short can't be taken for a whole one. */
  abort(): void {
    if (this.#phase === "gone") return;
    this.#leave();
    this.socket.abort();
  }

  /** Ends whatever has lasted too long. */
  check(now: number): void {
    if (now >= this.stallDeadline) return this.cutOff(now);
    if (now < this.deadline) return;
    switch (this.#phase) {
      case "head":
        if (this.held.length === 0) return this.close();
        return this.#refuseHead("request_timeout", now);
      case "exchange":
        return this.#exchange.onDeadline(now);
      case "flushing":
      case "closing":
      case "gone":
        return;
    }
  }

  /** The server ends: the present request is the last one, or the next when none is in progress. */
  onDrain(now: number): void {
    if (this.#phase === "exchange") this.#exchange.onDrain(now);
    if (!this.isIdle) return;
    this.deadline = Math.min(this.deadline, now + DRAIN_IDLE_MS);
  }

  /** The server has ended: what can be ended properly is, and everything else cut off. */
  endEarly(now: number): void {
    if (this.#phase === "head") this.close();
    if (this.#phase === "exchange") this.#exchange.endEarly(now);
    this.cutOff(now, "cut_off");
  }

  onPanic(error: unknown, now: number): void {
    this.#isReading = false;
    if (this.#phase === "exchange") return this.#exchange.onPanic(error, now);
    this.parts.logger.error(PANIC_MESSAGE, { peer: this.peer.ip, error });
    if (this.#phase === "head") this.#refuseHead("internal_error", now);
    else this.abort();
  }

  /** Ends the connection now, with the request in progress. */
  cutOff(now: number, end?: RequestEnd): void {
    const wasInExchange = this.#phase === "exchange";
    this.abort();
    if (wasInExchange) this.#exchange.cancel(now, end);
  }

  #onHeadBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    now: number,
  ): void {
    if (this.held.length === 0) {
      const { load, rules } = this.parts;
      const headDeadline = now + rules.settings.readHeaderTimeoutMs;
      this.deadline = load.isDraining
        ? headDeadline
        : Math.min(this.deadline, headDeadline);
    }
    if (this.#heads.take(bytes, start, end)) this.#readHeads(now);
  }

  /** Begins the requests that are held, one after the other, as long as each ends at once. */
  #readHeads(now: number): void {
    if (this.#isReading) return;
    this.#isReading = true;
    // Whose event led here may be another's, such as the connection of the request before.
    shielded(this, now, () => {
      let left = REQUESTS_A_TURN;
      while (this.#phase === "head" && this.held.length > 0) {
        if (left-- === 0) return this.#waitForTurn();
        if (!this.#readHead(now)) return;
      }
    });
    this.#isReading = false;
  }

  /** Begins the request that is held; false while its head is not complete. */
  #readHead(now: number): boolean {
    this.refreshRules();
    const verdict = this.#heads.read();
    if (verdict === "incomplete") return false;
    if (verdict === "complete") {
      this.#phase = "exchange";
      this.#exchange.begin(this.parts.requestHead, now);
    } else this.#refuseHead(verdict, now);
    return true;
  }

  #waitForTurn(): void {
    this.#phase = "flushing";
    this.pause(true);
    this.parts.turns.join(this);
  }

  #refuseHead(code: RefusalCode, now: number): void {
    writeHeadRefusal(code, this.#exchange, this.parts, now);
    this.flush(now);
    this.end();
  }

  /** How long silence between requests may last. */
  #patienceMs(ms: number): number {
    return this.parts.load.isDraining ? Math.min(ms, DRAIN_IDLE_MS) : ms;
  }

  #leave(): void {
    if (this.#phase === "gone") return;
    this.#phase = "gone";
    this.parts.turns.leave(this);
    this.held.clear();
    this.#onClosed(this);
  }
}
