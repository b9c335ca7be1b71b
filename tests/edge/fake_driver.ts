/**
 * A driver without a system: sockets in memory, events one after the other in an order and in pieces that a test
 * chooses. Bounded by {@link EVENTS_MAX}, which only machines that never come to rest reach.
 */
import assert from "node:assert/strict";
import type {
  Accept,
  ConnectAddress,
  Driver,
  ListenAddress,
  Listening,
  Socket,
  SocketHandler,
} from "../../src/edge/driver.ts";
import type { Clock } from "../../src/ports.ts";
import { FakeSocket, type Outcome, type SocketEvent } from "./fake_socket.ts";
import type { FarEnd } from "./far_end.ts";

/** Events told in one go before it is taken for a loop. */
const EVENTS_MAX = 1_000_000;
/** As much as the real drivers read at once. */
const READ_BYTES_MAX = 65_536;

/** Who decides what happens next. */
export interface Order {
  /** One of so many sockets that have something to tell. */
  socket(count: number): number;
  /** One of so many events of that socket. */
  event(count: number): number;
  /** How many of so many octets come at once, at least one. */
  bytes(available: number): number;
}

/** First things first, and as much as there is. */
export const IN_TURN: Order = {
  socket: () => 0,
  event: () => 0,
  bytes: (available) => available,
};

/** What becomes of an attempt to connect. */
export type Connect = (address: ConnectAddress, far: FarEnd) => Outcome;

/** Moves bytes between machines and tests. */
export class FakeDriver implements Driver {
  readonly name = "epoll";
  /** What broke the contract of sockets. */
  readonly violations: string[] = [];
  /** Requests that wait for something elsewhere. */
  elsewhere = 0;
  order: Order = IN_TURN;
  /** Called after each event. */
  onStep: () => void = () => {};
  readonly #clock: Clock;
  readonly #connect: Connect;
  /** All that are open, and when they came. */
  readonly #sockets = new Map<FakeSocket, number>();
  /** Those that may have something to tell. */
  readonly #candidates = new Set<FakeSocket>();
  readonly #outgoing = new Set<FakeSocket>();
  readonly #accepts = new Map<number, Accept>();
  readonly #mayGreet = new Map<number, (ip: string) => boolean>();
  readonly #scratch = new Uint8Array(READ_BYTES_MAX + 3);
  #isTelling = false;
  #count = 0;

  /** Attempts to connect are answered by `connect`. */
  constructor(clock: Clock, connect: Connect) {
    this.#clock = clock;
    this.#connect = connect;
  }

  /** Outgoing connections that are open or being opened. */
  get outgoingCount(): number {
    let count = 0;
    for (const socket of this.#outgoing) {
      if (socket.isOver) this.#outgoing.delete(socket);
      else count++;
    }
    return count;
  }

  listen(address: ListenAddress, accept: Accept): Listening {
    const { port, tls, mayGreet } = address;
    this.#accepts.set(port, accept);
    if (tls !== undefined && mayGreet !== undefined) {
      this.#mayGreet.set(port, mayGreet);
    }
    return {
      port,
      hostname: address.hostname,
      replaceCertificate: () => {
        throw new TypeError("There is no TLS here");
      },
      stop: () => {
        this.#accepts.delete(port);
        return Promise.resolve();
      },
      close: () => this.#accepts.delete(port),
    };
  }

  connect(address: ConnectAddress, handler: SocketHandler): Socket {
    const socket = new FakeSocket(this.violations, "pending");
    this.#adopt(socket, handler);
    socket.conclude(this.#connect(address, socket.far));
    this.#outgoing.add(socket);
    return socket;
  }

  waitingElsewhere(change: 1 | -1): void {
    this.elsewhere += change;
  }

  waitingForTurn(change: 1 | -1): void {
    this.elsewhere += change;
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.abort();
    return Promise.resolve();
  }

  /** A caller connects; undefined when nobody listens there. */
  call(port: number, ip: string): FarEnd | undefined {
    const accept = this.#accepts.get(port);
    if (accept === undefined) return undefined;
    const socket = new FakeSocket(this.violations);
    const peer = { ip, port: 50_000 };
    const mayGreet = this.#mayGreet.get(port)?.(ip) ?? true;
    const handler = mayGreet
      ? accept(socket, peer, this.#clock.monotonicMs())
      : undefined;
    if (handler === undefined) {
      socket.close();
      return socket.far;
    }
    this.#adopt(socket, handler);
    return socket.far;
  }

  /** Tells one thing; false when there is nothing to tell. */
  step(): boolean {
    const ready = this.#ready();
    const chosen = ready[this.order.socket(ready.length)];
    if (chosen === undefined) return false;
    const { socket, events } = chosen;
    const event = events[this.order.event(events.length)];
    if (event === undefined) return false;
    assert.ok(!this.#isTelling, "An event inside of another one");
    this.#isTelling = true;
    const available = Math.min(socket.far.unread, READ_BYTES_MAX);
    const bytesMax = event === "bytes" ? this.order.bytes(available) : 0;
    socket.tell(event, this.#scratch, bytesMax, this.#clock.monotonicMs());
    this.#isTelling = false;
    this.#candidates.add(socket);
    this.onStep();
    return true;
  }

  /** Tells everything there is to tell. */
  settle(): void {
    let events = 0;
    while (this.step()) {
      assert.ok(++events < EVENTS_MAX, "The machines never come to rest");
    }
  }

  #adopt(socket: FakeSocket, handler: SocketHandler): void {
    this.#sockets.set(socket, ++this.#count);
    socket.onNews = () => this.#candidates.add(socket);
    socket.attend(handler);
  }

  /** The sockets that have something to tell, oldest first. */
  #ready(): Ready[] {
    const ready: Ready[] = [];
    for (const socket of this.#candidates) {
      const events = socket.events();
      if (events.length > 0) {
        const since = this.#sockets.get(socket) ?? 0;
        ready.push({ socket, events, since });
      } else {
        this.#candidates.delete(socket);
        if (socket.isOver) this.#sockets.delete(socket);
      }
    }
    return ready.sort((a, b) => a.since - b.since);
  }
}

interface Ready {
  readonly socket: FakeSocket;
  readonly events: readonly SocketEvent[];
  readonly since: number;
}
