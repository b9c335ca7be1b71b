/**
 * The server's front door: accepts callers, holds them to the limits, sweeps what has lasted too long, and ends in good
 * order. Owner of every connection from a caller; bounded by `max_connections`.
 */
import { AddressCounts } from "./address_counts.ts";
import { Caller } from "./caller.ts";
import { Callers } from "./callers.ts";
import type {
  Driver,
  ListenAddress,
  Listening,
  Peer,
  Socket,
} from "./driver.ts";
import { type EdgeOptions, partsOf } from "./edge_options.ts";
import type { EdgeLoad, EdgeParts } from "./edge_parts.ts";
import { rulesOf } from "./edge_rules.ts";
import { Origins } from "./origins.ts";
import { shielded } from "./panic.ts";
import { refusalAnswer, type RefusalCode } from "./refusals.ts";
import type { EdgeSettings } from "./settings.ts";

/** How often deadlines are looked at while there are connections. */
const SWEEP_MS = 100;

/** The front door. */
export class Edge {
  readonly #parts: EdgeParts;
  readonly #driver: Driver;
  readonly #origins: Origins;
  readonly #listeners: Listening[] = [];
  readonly #callers = new Callers();
  readonly #load: EdgeLoad = {
    connections: 0,
    inFlight: 0,
    perAddress: new AddressCounts(),
    isDraining: false,
  };
  #timer: ReturnType<typeof setInterval> | undefined;
  #isFullSaid = false;
  /** Whether every listener has handed over what it had taken. */
  #isStopped = false;

  /** An edge that does not listen yet. */
  constructor(options: EdgeOptions) {
    this.#driver = options.driver;
    this.#origins = new Origins();
    this.#parts = partsOf(options, this.#origins, this.#load);
  }

  /** What goes on. */
  get load(): Readonly<EdgeLoad> {
    return this.#load;
  }

  /** Open connections to backends and to the API. */
  get upstreamConnections(): number {
    return this.#origins.openCount + this.#parts.apiOrigin.openCount;
  }

  /** Listens; an admin address answers the management paths alone. Throws when that is not possible. */
  listen(address: ListenAddress, isAdmin = false): Listening {
    const scheme = address.tls === undefined ? "http" : "https";
    const listener = { scheme, isAdmin } as const;
    const mayGreet = (ip: string) => this.#barOf(ip) === undefined;
    const listening = this.#driver.listen(
      { ...address, mayGreet },
      (socket, peer, now) => this.#accept(socket, peer, listener, now),
    );
    this.#listeners.push(listening);
    return listening;
  }

  /**
   * Goes by these settings from now on: the next request of each connection does, and a request in progress ends as it
   * began. Of the connections those are closed that wait for a request to where backends must not be any more. Throws
   * for an address range that is none, and changes nothing then.
   */
  configure(settings: EdgeSettings): void {
    this.#parts.rules = rulesOf(settings);
    this.#parts.dialler.recheck(this.#origins);
  }

  /**
   * The checks of backends' certificates have changed: TLS connections to them that wait are closed, and those in use
   * are not used again.
   */
  renewTls(): void {
    this.#parts.tlsAge++;
    this.#origins.closeIdleTls();
  }

  /**
   * Ends in good order: no further connection is taken, beyond those that wait with the system; what comes on those that
   * stand is served, and each ends with its response. Requests that wait for room have not begun, and are refused.
   */
  drain(): void {
    if (this.#load.isDraining) return;
    this.#load.isDraining = true;
    const stopping = this.#listeners.map((listening) => listening.stop());
    void Promise.all(stopping).then(() => this.#isStopped = true);
    const now = this.#parts.clock.monotonicMs();
    for (const caller of [...this.#callers]) {
      shielded(caller, now, (then) => caller.onDrain(then));
    }
  }

  /**
   * Settles when the last connection has ended after {@link Edge.drain}, or at the deadline; closes everything; true when
   * no request was cut off.
   */
  async ended(deadlineMs: number): Promise<boolean> {
    const { clock } = this.#parts;
    const until = clock.monotonicMs() + deadlineMs;
    const isOver = () => this.#callers.size === 0 && this.#isStopped;
    while (!isOver() && clock.monotonicMs() < until) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
    const isQuiet = [...this.#callers].every(({ isIdle }) => isIdle);
    this.#close();
    return isQuiet;
  }

  #close(): void {
    for (const listening of this.#listeners) listening.close();
    clearInterval(this.#timer);
    this.#timer = undefined;
    const now = this.#parts.clock.monotonicMs();
    for (const caller of [...this.#callers]) {
      shielded(caller, now, (then) => caller.endEarly(then));
    }
    this.#origins.close();
    this.#sweepApi(Infinity);
  }

  #accept(
    socket: Socket,
    peer: Peer,
    listener: { readonly scheme: "http" | "https"; readonly isAdmin: boolean },
    now: number,
  ): Caller | undefined {
    const bar = this.#barTo(peer.ip, now);
    if (bar !== undefined) {
      this.#turnAway(socket, bar, listener.scheme === "https");
      return undefined;
    }
    const caller = new Caller(
      socket,
      peer,
      listener,
      this.#parts,
      now,
      (gone) => this.#forget(gone),
    );
    this.#callers.add(caller);
    this.#load.connections++;
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS);
    return caller;
  }

  /** Why a caller is not let in; undefined when it is, in the place of an idle one if need be. */
  #barTo(ip: string, now: number): RefusalCode | undefined {
    const { rules, logger } = this.#parts;
    const bar = this.#barOf(ip);
    if (bar !== undefined || !this.#callers.isFull(rules)) return bar;
    if (!this.#isFullSaid) {
      this.#isFullSaid = true;
      const { maxConnections } = rules.settings;
      logger.warn(
        "max_connections is reached: idle connections give way; while there are none, further callers are turned away",
        { maxConnections },
      );
    }
    return this.#callers.makeRoom(now) ? undefined : "too_many_connections";
  }

  #barOf(ip: string): RefusalCode | undefined {
    const { rules, refusalLog } = this.#parts;
    const bar = this.#callers.barTo(ip, rules);
    if (bar !== undefined) refusalLog.take(bar, ip);
    return bar;
  }

  #turnAway(socket: Socket, code: RefusalCode, isTls: boolean): void {
    const { requestIds, rules } = this.#parts;
    const browserLines = rules.browser.securityText(isTls);
    const extras = code === "too_many_connections"
      ? { retryAfterSeconds: 1 }
      : {};
    const requestId = requestIds.text(requestIds.next());
    const options = { keepAlive: false, isHead: false, browserLines, extras };
    const { octets } = refusalAnswer(code, requestId, options);
    socket.write(octets, 0, octets.length);
    socket.close();
  }

  #forget(caller: Caller): void {
    this.#callers.remove(caller);
    this.#load.connections--;
  }

  #sweep(): void {
    const now = this.#parts.clock.monotonicMs();
    for (const caller of this.#callers) {
      // As `shielded`, without a closure for each of thousands.
      try {
        caller.check(now);
      } catch (error) {
        caller.onPanic(error, now);
      }
    }
    this.#origins.sweep(now);
    this.#sweepApi(now);
    this.#isFullSaid &&= this.#callers.isFull(this.#parts.rules);
  }

  #sweepApi(now: number): void {
    for (const upstream of this.#parts.apiOrigin.takeExpired(now)) {
      upstream.close();
    }
  }
}

const DRAIN_POLL_MS = 10;
