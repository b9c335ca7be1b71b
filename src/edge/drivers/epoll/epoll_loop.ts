/**
 * The loop of the epoll driver: waits for events, tells sockets, and leaves the rest of the isolate its share. Owner:
 * the driver. It runs while there is a descriptor to serve, so it never keeps a program alive by itself; while nothing
 * happens it waits on another thread. Bounds: {@link EVENTS_MAX} events a batch, one entry a descriptor among those that
 * move much, {@link LINGERING_MAX} closing connections.
 *
 * The times are measured: what yields less often starves the API and timers, what yields more often costs requests.
 */
import type { Bytes, Libc } from "../../../../ffi/libc.ts";
import type { Logger } from "../../../ports.ts";
import type { Interest } from "./interest.ts";
import {
  LINGER_MS,
  LINGERING_MAX,
  LingeringSocket,
} from "./lingering_socket.ts";
import { EVENTS_MAX, type Poller } from "./poller.ts";
import type { Inhabitant, SocketHome } from "./socket_home.ts";
import { turns } from "./turns.ts";

/** What one recv takes at most: a read of this size costs less than two of half. */
export const READ_BYTES_MAX = 64 * 1024;

/** While the last event is younger than this, waiting on this thread beats the way to another and back. */
const BUSY_MS = 2;
/** How long that wait is at most: timers and the API wait with it. */
const WAIT_HERE_MS = 1;
/** How long the wait on another thread is at most: what lingers is looked at this often. */
const WAIT_ASIDE_MS = 1_000;
/** How long events are told without a yield. */
const YIELD_AFTER_MS = 4;
/** The same while something outside of the loop is being waited for. */
const YIELD_EARLY_MS = 0.25;
/**
 * How long those with much to move are served between two batches while more sockets are ready than a batch holds. An
 * event waits for as many batches as the ready ones fill, so this is what hundreds of bulky transfers may add to each
 * of them.
 */
const HEAVY_MS = 1;
/** Turns of one yield: tokio polls its sockets about once in 61. */
const YIELD_TURNS = 64;

/** What the loop stands on. */
export interface LoopParts {
  readonly libc: Libc;
  readonly poller: Poller;
  /** One nested in the other, for what goes first. */
  readonly urgentPoller: Poller;
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Serves descriptors until it is stopped. */
export class EpollLoop implements SocketHome {
  readonly libc: Libc;
  readonly poller: Poller;
  readonly urgentPoller: Poller;
  readonly scratch: Bytes = new Uint8Array(READ_BYTES_MAX);
  readonly #logger: Logger;
  readonly #now: () => number;
  /** By descriptor, which the system keeps small and dense. */
  readonly #inhabitants: (Inhabitant | undefined)[] = [];
  readonly #lingering = new Map<LingeringSocket, number>();
  #count = 0;
  #urgentCount = 0;
  #deferred: Inhabitant[] = [];
  /** Those with much to move that have yet to be told these events, first come first served; none twice. */
  readonly #heavy = new Map<Inhabitant, number>();
  #elsewhere = 0;
  #forTurn = 0;
  #isStopping = false;
  #isAside = false;
  #running: Promise<void> | undefined;

  /** Serves nothing yet. */
  constructor({ libc, poller, urgentPoller, logger, now }: LoopParts) {
    this.libc = libc;
    this.poller = poller;
    this.urgentPoller = urgentPoller;
    this.#logger = logger;
    this.#now = now;
  }

  adopt(inhabitant: Inhabitant): void {
    const inhabitants = this.#inhabitants;
    while (inhabitants.length <= inhabitant.fd) inhabitants.push(undefined);
    inhabitants[inhabitant.fd] = inhabitant;
    this.#count++;
    if (inhabitant.isUrgent) this.#urgentCount++;
    this.#start();
  }

  release(inhabitant: Inhabitant): void {
    this.#inhabitants[inhabitant.fd] = undefined;
    this.#heavy.delete(inhabitant);
    this.#count--;
    if (inhabitant.isUrgent) this.#urgentCount--;
    if (inhabitant instanceof LingeringSocket) {
      this.#lingering.delete(inhabitant);
    }
    if (this.#count === 0) this.#wake();
  }

  defer(inhabitant: Inhabitant): void {
    this.#deferred.push(inhabitant);
    this.#start();
    this.#wake();
  }

  linger(interest: Interest): boolean {
    if (this.#isStopping || this.#lingering.size >= LINGERING_MAX) return false;
    const socket = new LingeringSocket(this, interest);
    // It takes the place of the socket that had the descriptor, which is thereby released.
    this.#inhabitants[interest.fd] = socket;
    this.#lingering.set(socket, this.#now() + LINGER_MS);
    return true;
  }

  /** Counts what is waited for outside of the loop. */
  waitingElsewhere(change: 1 | -1): void {
    this.#elsewhere += change;
  }

  /** Counts what is waited for until the end of a turn of the event loop. */
  waitingForTurn(change: 1 | -1): void {
    this.#forTurn += change;
  }

  /** Aborts everything; settles when no wait is under way any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const inhabitant of this.#inhabitants) inhabitant?.abort();
    this.#wake();
    await this.#running;
  }

  #start(): void {
    if (!this.#isStopping) this.#running ??= this.#run();
  }

  get #hasWork(): boolean {
    return !this.#isStopping && (this.#count > 0 || this.#deferred.length > 0);
  }

  async #run(): Promise<void> {
    // Whoever had the loop started must not be told anything before that call returns.
    await turns(1);
    let lastYield = this.#now();
    let lastEvent = lastYield - BUSY_MS;
    while (this.#hasWork) {
      const mayWait = this.#deferred.length === 0 && this.#heavy.size === 0;
      const waitsHere = mayWait && this.#elsewhere === 0 &&
        this.#forTurn === 0 &&
        this.#now() - lastEvent < BUSY_MS;
      let count = this.poller.wait(waitsHere ? WAIT_HERE_MS : 0);
      let now = this.#now();
      if (count === 0 && mayWait) {
        if (waitsHere) {
          await turns(YIELD_TURNS);
          lastYield = this.#now();
          continue;
        } else {
          this.#isAside = true;
          count = await this.poller.waitAside(WAIT_ASIDE_MS);
          this.#isAside = false;
          lastYield = now = this.#now();
        }
      }
      if (count > 0) {
        lastEvent = now;
        if (this.#urgentCount > 0) this.#tellUrgent(now);
        this.#tell(this.poller, count, now);
      }
      if (this.#heavy.size > 0) this.#tellHeavy();
      if (this.#deferred.length > 0) this.#settle(now);
      // What a batch has begun is over a turn later: to wait for events before that would be to wait for nothing.
      if (this.#forTurn > 0) await turns(1);
      if (this.#lingering.size > 0) this.#expire(now);
      const yieldAfterMs = this.#elsewhere > 0
        ? YIELD_EARLY_MS
        : YIELD_AFTER_MS;
      if (this.#now() - lastYield > yieldAfterMs) {
        await turns(YIELD_TURNS);
        lastYield = this.#now();
      }
    }
    this.#running = undefined;
  }

  /** What is urgent is asked for before each batch: among hundreds of others it would wait for several of them. */
  #tellUrgent(now: number): void {
    const count = this.urgentPoller.wait(0);
    if (count > 0) this.#tell(this.urgentPoller, count, now);
  }

  /** In a crowd what is soon done goes before what moves much: nobody's small request waits for others' large ones. */
  #tell(poller: Poller, count: number, now: number): void {
    const isCrowd = count === EVENTS_MAX || this.#heavy.size > 0;
    for (let index = 0; index < count; index++) {
      const inhabitant = this.#inhabitants[poller.fdAt(index)];
      if (inhabitant?.generation !== poller.generationAt(index)) continue;
      const events = poller.eventsAt(index);
      if (isCrowd && inhabitant.isHeavy) this.#heavy.set(inhabitant, events);
      else this.#handle(inhabitant, events, now);
    }
  }

  #tellHeavy(): void {
    let now = this.#now();
    const until = now + HEAVY_MS;
    for (const [inhabitant, events] of this.#heavy) {
      this.#heavy.delete(inhabitant);
      this.#handle(inhabitant, events, now);
      now = this.#now();
      if (now >= until) return;
    }
  }

  #handle(inhabitant: Inhabitant, events: number, now: number): void {
    try {
      inhabitant.handle(events, now);
    } catch (error) {
      this.#blame(inhabitant, error, now);
    }
  }

  #settle(now: number): void {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const inhabitant of deferred) {
      try {
        inhabitant.settle(now);
      } catch (error) {
        this.#blame(inhabitant, error, now);
      }
    }
  }

  /** All linger equally long, so the first of them is due first. */
  #expire(now: number): void {
    for (const [socket, dueMs] of this.#lingering) {
      if (dueMs > now) return;
      socket.abort();
    }
  }

  /** The handler knows best what becomes of what it was doing; who has none or fails again is cut off. */
  #blame(inhabitant: Inhabitant, fault: unknown, now: number): void {
    const { victim } = inhabitant;
    try {
      if (victim?.onPanic === undefined) throw fault;
      victim.onPanic(fault, now);
    } catch (error) {
      const message = "A connection was aborted: its handler failed";
      this.#logger.error(message, { error });
      inhabitant.abort();
    }
  }

  #wake(): void {
    if (this.#isAside) this.poller.wake();
  }
}
