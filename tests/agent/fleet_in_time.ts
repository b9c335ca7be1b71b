/**
 * A fleet of real sessions over real links in time of its own: an hour passes in a moment, the same seed gives the same
 * hour. The network and the server between them are what a test says.
 */
import type { ReportOutcome } from "../../src/agent/report.ts";
import { ServerLink } from "../../src/agent/server_link.ts";
import { Session } from "../../src/agent/session.ts";
import { type Answer, EXCHANGE_MS_MAX } from "../../src/agent/transport.ts";
import type { Registration } from "../../src/engine/backend.ts";
import type { Clock, Logger, Random } from "../../src/ports.ts";
import { SeededRandom } from "../fakes/random.ts";
import { SMALL_MACHINE } from "./small_machine.ts";

/** What a message meets: a server, or one of the ways to miss it. */
export type Way = "open" | "refused" | "black_hole" | "unavailable" | "tls";

/** One message that reached the server. */
export interface Arrival {
  readonly client: number;
  readonly path: string;
  /** Seconds since the beginning. */
  readonly second: number;
}

/** What a test decides. */
export interface FleetOptions {
  readonly clients: number;
  readonly seed: number;
  /** What a message meets that sets out at a second. */
  readonly way: (second: number) => Way;
  /** At which second a client starts. */
  readonly startsAt: (client: number, chance: Random) => number;
  /** Seconds between two reports; 60 unless told. */
  readonly intervalSeconds?: number;
  /** Chance of the sessions, instead of that of the seed. */
  readonly chance?: Random;
  /** At which second the server forgets all backends. */
  readonly forgetsAt?: number;
}

/** A local network's answer, milliseconds. */
const ANSWER_MS = 5;
/** How long the look at the own address takes where packets vanish, milliseconds. */
const LOOK_MS = 2000;
const ROOM = { totalGb: 4, usedGb: 1, availableGb: 3 };
const READY: ReportOutcome = {
  kind: "ready",
  report: { coreUsagePct: [5], memory: ROOM, disk: ROOM, gpus: [] },
};

/** The fleet. */
export class FleetInTime {
  /** Every message that reached the server, oldest first. */
  readonly arrivals: Arrival[] = [];
  /** Who failed to deliver a message, and at which second last. */
  readonly failedAt = new Map<number, number>();
  readonly #options: FleetOptions;
  readonly #time = new OwnTime();
  readonly #seeded: SeededRandom;
  readonly #known = new Set<number>();
  #hasForgotten = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#seeded = new SeededRandom(options.seed);
    for (let client = 0; client < options.clients; client++) {
      void this.#live(client);
    }
  }

  /** Lets time pass until a second. */
  async runUntil(second: number): Promise<void> {
    await this.#time.runUntil(second * 1000);
  }

  async #live(client: number): Promise<void> {
    const { signal } = new AbortController();
    const time = this.#time;
    const { startsAt, intervalSeconds = 60 } = this.#options;
    const { chance: random = this.#seeded } = this.#options;
    const clock = time;
    const logger = SILENT;
    await time.pass(startsAt(client, this.#seeded) * 1000);
    const link = new ServerLink({
      transport: {
        post: (path) => this.#exchange(client, path),
        [Symbol.dispose]: () => {},
      },
      ...{ serverUrl: "http://lb", clock, random, logger },
    });
    const machine = machineOf(client);
    await new Session({
      ...{ link, clock, random, logger },
      describe: async () => {
        if (this.#way() === "black_hole") await time.pass(LOOK_MS);
        return machine;
      },
      isOutdated: () => false,
      report: () => READY,
      instance: "i",
      isDraining: () => false,
      onSaid: () => {},
      reportIntervalMs: intervalSeconds * 1000,
      reregisterMs: 600_000,
      sleep: (ms) => time.pass(ms),
    }).run(signal);
  }

  async #exchange(client: number, path: string): Promise<Answer> {
    const time = this.#time;
    const way = this.#way();
    if (way === "open") {
      const second = time.monotonicMs() / 1000;
      this.arrivals.push({ client, path, second });
      const status = this.#answer(client, path);
      await time.pass(ANSWER_MS);
      return { kind: "answered", status, location: "", text: "" };
    }
    // An attempt that set out before the server's return is lost, however early it returns.
    if (way === "black_hole") await time.pass(EXCHANGE_MS_MAX);
    this.failedAt.set(client, time.monotonicMs() / 1000);
    return way === "unavailable"
      ? { kind: "answered", status: 503, location: "", text: "" }
      : { kind: "unanswered", reason: way };
  }

  #answer(client: number, path: string): number {
    const { forgetsAt = Infinity } = this.#options;
    if (!this.#hasForgotten && this.#second() >= forgetsAt) {
      this.#hasForgotten = true;
      this.#known.clear();
    }
    if (path === "/register") this.#known.add(client);
    return this.#known.has(client) ? 200 : 404;
  }

  #way(): Way {
    return this.#options.way(this.#second());
  }

  #second(): number {
    return this.#time.monotonicMs() / 1000;
  }
}

/** Time that goes on when everybody waits. */
class OwnTime implements Clock {
  #nowMs = 0;
  /** A binary heap, the next one to wake first. */
  readonly #waiting: { readonly atMs: number; readonly wake: () => void }[] =
    [];
  #awake = 0;

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  /** Settles when so much time has passed; until the caller waits again, it stands still. */
  pass(ms: number): Promise<void> {
    this.#awake--;
    return new Promise((resolve) => {
      this.#push({ atMs: this.#nowMs + ms, wake: resolve });
    });
  }

  async runUntil(untilMs: number): Promise<void> {
    this.#awake = 0;
    while (true) {
      const next = this.#waiting[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#pop();
      this.#nowMs = next.atMs;
      this.#awake++;
      next.wake();
      while (this.#awake > 0) await undefined;
    }
    this.#nowMs = untilMs;
  }

  #push(entry: { readonly atMs: number; readonly wake: () => void }): void {
    const heap = this.#waiting;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.atMs <= entry.atMs) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#waiting;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    while (true) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (
        child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs
      ) child++;
      if (heap[child]!.atMs >= last.atMs) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

const SILENT: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => SILENT,
};

function machineOf(client: number): Registration {
  return { ...SMALL_MACHINE, id: `c-${client}`, hostname: `h-${client}` };
}
