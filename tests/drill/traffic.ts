/**
 * The callers of the drill: lanes that each send one kind of request at a steady rate, whether or not the last ones were
 * answered. Bounded by {@link IN_FLIGHT_MAX}.
 */
import type { Chance } from "../fuzz/chance.ts";
import { routeAnswer } from "../../src/wire/answers.ts";
import { STREAM_LINES } from "./backend_process.ts";
import type { Books } from "./books.ts";
import { Caller } from "./caller.ts";
import type { Lane, Sent } from "./records.ts";
import { APP_PATH, HOLD_SECONDS, SESSION_FIELD, TIER } from "./stage.ts";

/** Time between two requests of a lane, milliseconds: about 110 requests in a second. */
const EVERY_MS: Readonly<Record<Lane, number>> = {
  "sticky": 25,
  "plain GET": 25,
  "plain POST": 70,
  "stream": 500,
  "route": 150,
  "lease": 200,
};
/** How often this process looks how late it is. */
const BEAT_MS = 20;
/** Callers that hang must not pile up; what is not sent for it is said. */
const IN_FLIGHT_MAX = 200;
/**
 * Sessions through the proxy that stay in use. They have their turns, and each comes more often than once in a second:
 * what is dead is found by the requests that meet it.
 */
const SESSIONS = 30;
/** One of so many requests of a session is the only one of a session of its own. */
const ONCE_IN = 60;
/** Sessions that are placed by `POST /route` and live on, and with which request one more comes. */
const ROUTED_MAX = 100;
const ROUTED_IN = 8;
/** What a lease is renewed for: longer than a drill looks back. */
const LEASE_SECONDS = 900;

/** What callers need. */
export interface TrafficOptions {
  readonly url: string;
  readonly client: Deno.HttpClient | undefined;
  readonly chance: Chance;
  readonly books: Books;
}

/** The callers. */
export class Traffic {
  /** Requests that were not sent because too many were under way. */
  notSent = 0;
  /** How late a timer of this process came at most, milliseconds. */
  latenessMs = 0;
  readonly #options: TrafficOptions;
  readonly #caller: Caller;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  readonly #routed: string[] = [];
  #count = 0;
  #turn = 0;

  /** Nobody calls yet. */
  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#caller = new Caller(options.url, options.client);
  }

  /** Requests that have ended. */
  get sent(): readonly Sent[] {
    return this.#caller.sent;
  }

  /** Calls from now on. */
  start(): void {
    const lanes: Readonly<Record<Lane, () => Promise<void>>> = {
      "sticky": () => this.#sticky(),
      "plain GET": () => this.#plain("plain GET", {}),
      "plain POST": () =>
        this.#plain("plain POST", { method: "POST", body: "some text" }),
      "stream": () => this.#stream(),
      "route": () => this.#route(),
      "lease": () => this.#lease(),
    };
    for (const [lane, call] of Object.entries(lanes)) {
      this.#timers.push(
        setInterval(() => this.#begin(call), EVERY_MS[lane as Lane]),
      );
    }
    let dueMs = performance.now() + BEAT_MS;
    this.#timers.push(setInterval(() => {
      const now = performance.now();
      this.latenessMs = Math.max(this.latenessMs, now - dueMs);
      dueMs = now + BEAT_MS;
    }, BEAT_MS));
  }

  /** Calls no more; settles when all that is under way has ended. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#inFlight);
  }

  #begin(call: () => Promise<void>): void {
    const isFull = this.#inFlight.size >= IN_FLIGHT_MAX ||
      this.#caller.isFull;
    if (isFull) {
      this.notSent++;
      return;
    }
    const calling = call();
    this.#inFlight.add(calling);
    calling.finally(() => this.#inFlight.delete(calling));
  }

  async #sticky(): Promise<void> {
    const { chance, books } = this.#options;
    const isNew = chance.below(ONCE_IN) === 0;
    const session = isNew
      ? `once-${++this.#count}`
      : `session-${this.#turn++ % SESSIONS}`;
    const headers = { [SESSION_FIELD]: session };
    const path = `${APP_PATH}sticky`;
    const known = books.backendOf(session);
    const answer = await this.#caller.call("sticky", path, { headers }, {
      expected: known,
    });
    if (answer?.backend === undefined) return;
    books.landed(session, answer.backend, answer.sentMs, performance.now());
  }

  async #plain(lane: Lane, init: RequestInit): Promise<void> {
    const isPost = init.method === "POST";
    await this.#caller.call(lane, APP_PATH, init, {
      faultIn: (text) =>
        isPost && JSON.parse(text).times !== 1 ? "delivered twice" : undefined,
    });
  }

  async #stream(): Promise<void> {
    await this.#caller.call("stream", `${APP_PATH}stream`, {}, {
      faultIn: (text) =>
        text.split("\n").length - 1 === STREAM_LINES
          ? undefined
          : "ended as if it were whole",
    });
  }

  async #route(): Promise<void> {
    const { chance, books } = this.#options;
    const [first, ...others] = this.#routed;
    const isNew = first === undefined ||
      this.#routed.length < ROUTED_MAX && chance.below(ROUTED_IN) === 0;
    const session = isNew
      ? `routed-${++this.#count}`
      : chance.oneOf([first, ...others]);
    const answer = await this.#caller.call("route", "/route", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        [SESSION_FIELD]: session,
      },
      body: JSON.stringify({ tier: TIER }),
    }, { expected: books.backendOf(session) });
    if (answer === undefined) return;
    const { client_id: backend, lease_id: id, expires_at: expiresAt } =
      routeAnswer.parse(JSON.parse(answer.text));
    if (isNew) this.#routed.push(session);
    books.landed(session, backend, answer.sentMs, performance.now());
    // The server's clock may be wrong by an hour just now; the shorter of both promises counts.
    const untilMs = Math.min(
      Date.parse(expiresAt ?? "") - performance.timeOrigin,
      answer.sentMs + HOLD_SECONDS * 1000,
    );
    books.leased(session, id ?? "", backend, untilMs);
  }

  /** Confirms a lease, again and again: what was confirmed is renewed by it. */
  async #lease(): Promise<void> {
    const { chance, books } = this.#options;
    const [first, ...others] = this.#routed;
    if (first === undefined) return;
    const session = chance.oneOf([first, ...others]);
    const lease = books.leaseOf(session);
    if (lease === undefined) return;
    const verb = chance.below(2) === 0 ? "confirm" : "renew";
    const answer = await this.#caller.call(
      "lease",
      `/_opsen/leases/${lease.id}/${verb}`,
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ttl_seconds: LEASE_SECONDS }),
      },
      { expected: lease.backend, alsoFine: 404 },
    );
    if (answer === undefined) return;
    if (answer.status === 404) return books.notKnown(session, lease);
    const { expires_at: expiresAt } = JSON.parse(answer.text);
    const untilMs = Math.min(
      Date.parse(expiresAt) - performance.timeOrigin,
      answer.sentMs + LEASE_SECONDS * 1000,
    );
    books.renewed(session, lease.id, untilMs);
  }
}
