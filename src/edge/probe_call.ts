/**
 * One probe: resolves a name, connects to one of its addresses, and for http asks and reads the status. The time-out
 * covers all of it; while addresses are left, each may take an equal part of the time that is left. Owner: its prober.
 * Bounded by the addresses of one name and by the time-out; at most one socket is open at a time.
 *
 * The driver is not told that somebody waits elsewhere (for a handshake, for a name): probes must not slow traffic down.
 */
import type { ProbeOutcome } from "../engine/health.ts";
import type { Clock, ProbeTarget } from "../ports.ts";
import type { Dialler } from "./dialler.ts";
import type { Driver, Socket, SocketHandler } from "./driver.ts";
import type { Origin } from "./origin.ts";
import { type AnswerParts, ProbeAnswer } from "./probe_answer.ts";

/** What every probe is made with. */
export interface ProbeParts {
  readonly driver: Driver;
  readonly dialler: Dialler;
  readonly clock: Clock;
  readonly answers: AnswerParts;
  /** The backend must not be where it is, and why; the probe has failed then. */
  readonly onNotAllowed: (target: ProbeTarget, why: string) => void;
}

/** What a probe does. */
export interface ProbeAsk {
  readonly target: ProbeTarget;
  /** The request; undefined when being connected is enough. */
  readonly request: Uint8Array | undefined;
  readonly timeoutMs: number;
}

const FAILED: ProbeOutcome = { ok: false };
const NOWHERE: readonly string[] = [];

/** A probe under way. */
export class ProbeCall implements SocketHandler {
  readonly #origin: Origin;
  readonly #ask: ProbeAsk;
  readonly #parts: ProbeParts;
  readonly #onOver: (outcome: ProbeOutcome) => void;
  readonly #answer: ProbeAnswer;
  readonly #deadline: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #addresses: readonly string[] = NOWHERE;
  #tried = 0;
  #socket: Socket | undefined;
  #isConnected = false;
  #isOver = false;
  #sent = 0;
  /** When the attempt began that is under way, monotonic milliseconds. */
  #startedAt = 0;

  /** Begins; `onOver` is told once, later, with every socket closed. */
  constructor(
    origin: Origin,
    ask: ProbeAsk,
    parts: ProbeParts,
    onOver: (outcome: ProbeOutcome) => void,
  ) {
    this.#origin = origin;
    this.#ask = ask;
    this.#parts = parts;
    this.#onOver = onOver;
    this.#answer = new ProbeAnswer(parts.answers);
    this.#deadline = parts.clock.monotonicMs() + ask.timeoutMs;
    this.#expireIn(ask.timeoutMs);
    this.#begin();
  }

  /** Gives up; nobody is told. */
  abort(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#socket?.abort();
  }

  onConnected(now: number): void {
    if (this.#isOver) return;
    this.#isConnected = true;
    if (this.#ask.request === undefined) return this.#succeed(now);
    this.#expireIn(this.#deadline - this.#parts.clock.monotonicMs());
    this.#send();
  }

  onBytes(bytes: Uint8Array, start: number, end: number, now: number): void {
    if (this.#isOver) return;
    switch (this.#answer.take(bytes, start, end)) {
      case "good":
        return this.#succeed(now);
      case "bad":
        return this.#fail();
      case "incomplete":
    }
  }

  onWritable(): void {
    this.#send();
  }

  onEnd(): void {
    this.#fail();
  }

  onHangUp(): void {
    // Only asked for by pause(true), which probes never use.
  }

  onGone(): void {
    if (this.#isOver) return;
    this.#socket = undefined;
    if (this.#isConnected) this.#fail();
    else this.#next();
  }

  async #begin(): Promise<void> {
    const { dialler, onNotAllowed } = this.#parts;
    const { target } = this.#ask;
    try {
      const reach = await dialler.reach(this.#origin, target);
      if (reach.kind === "addresses") this.#addresses = reach.ips;
      else onNotAllowed(target, reach.why);
    } catch {
      // The runtime's TLS can't be loaded: nobody can be reached through it.
      this.#addresses = NOWHERE;
    }
    if (!this.#isOver) this.#next();
  }

  /** Tries the next address. */
  #next(): void {
    const { clock, driver } = this.#parts;
    const left = this.#addresses.length - this.#tried;
    const address = this.#addresses[this.#tried++];
    const now = clock.monotonicMs();
    if (address === undefined || now >= this.#deadline) return this.#fail();
    this.#startedAt = now;
    this.#expireIn((this.#deadline - now) / left);
    this.#socket = driver.connect(this.#origin.addressOf(address), this);
  }

  #send(): void {
    const { request } = this.#ask;
    if (request === undefined || this.#sent === request.length) return;
    this.#sent += this.#socket?.write(request, this.#sent, request.length) ?? 0;
  }

  #expireIn(timeMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expire(), timeMs);
  }

  #expire(): void {
    this.#socket?.abort();
    this.#socket = undefined;
    if (this.#isConnected) this.#fail();
    else this.#next();
  }

  /** Closes in peace: many servers log a reset. */
  #succeed(now: number): void {
    this.#leave();
    this.#socket?.close();
    const latencyMs = Math.max(0, now - this.#startedAt);
    this.#onOver({ ok: true, latencyMs });
  }

  #fail(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#socket?.abort();
    this.#onOver(FAILED);
  }

  #leave(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#answer.clear();
  }
}
