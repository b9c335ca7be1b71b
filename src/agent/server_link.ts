/**
 * The way to the server: one exchange at a time, a circuit breaker around it, and what the log says of it. Owns the
 * circuit and the number of failures; bounded by being two values.
 *
 * Waits are chosen for the moment at which a server returns to a fleet that lost it, or was started without it, in one
 * instant. They do not grow: with waits that double, most clients come in a heap and the rest long after it. Drawn from
 * one wide range they mix within two attempts; then everybody comes within the longest wait, and no second brings
 * three times the mean (tests/agent/herd_test.ts). The longest wait, a look at the own address and an attempt that
 * hangs until its time-out make 28 s together, so that 30 s after a server can be reached again every client has been
 * there. Only the first retry is quick, after a refusal that was quick: whoever it brings together knocked together a
 * second before.
 */
import { waitMs, type WaitRange } from "../policy/backoff.ts";
import {
  askCircuit,
  type Circuit,
  circuitAfterFailure,
  circuitAfterSuccess,
  type CircuitPolicy,
  CLOSED_CIRCUIT,
} from "../policy/circuit.ts";
import type { Clock, Logger, Random } from "../ports.ts";
import { type Said, saidOf } from "../wire/said.ts";
import { codeOf, isForPeople, refusalOf } from "./refusal.ts";
import type { Answer, Transport } from "./transport.ts";

/** After the first failure, which may be a hiccup, if it came quickly. */
const FIRST_WAIT: WaitRange = { minMs: 250, maxMs: 1500 };
/** A failure that took longer was no hiccup: the fleet may have hung together. */
const QUICK_FAILURE_MS = 1000;
/** After every other one. */
const WAIT: WaitRange = { minMs: 2000, maxMs: 16_000 };
/** After a refusal that only people can change: soon enough for whoever changed it and looks. */
const REFUSED_WAIT: WaitRange = { minMs: 30_000, maxMs: 90_000 };
/** Five failures in a row open the circuit: the longer waits from then on spare a server that is not well. */
const CIRCUIT: CircuitPolicy = {
  failuresMax: 5,
  open: { minMs: 8000, maxMs: 16_000 },
};

/** One message to the server. */
export interface Message {
  readonly path: string;
  readonly body: unknown;
  /** What it does, to go on after "Cannot". */
  readonly purpose: string;
  /** What it is when the server doesn't know this client (404): news, after which the caller registers, or a failure. */
  readonly unknown: "news" | "failure";
}

/** How a message fared; `ended` when the caller's signal aborted it. */
export type Delivery =
  | { readonly kind: "accepted"; readonly said: Said }
  /** The code says why, where the server has one for it; empty otherwise. */
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "unknown_client" | "ended" };

/** What a link is made of. */
export interface ServerLinkOptions {
  readonly transport: Transport;
  readonly serverUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Delivers messages. */
export class ServerLink {
  readonly #options: ServerLinkOptions;
  readonly #serverName: string;
  #circuit: Circuit = CLOSED_CIRCUIT;
  #failures = 0;
  #retryAt = -Infinity;
  #trouble: { readonly refusal: string; readonly text: string } | undefined;

  constructor(options: ServerLinkOptions) {
    this.#options = options;
    const { origin, pathname } = new URL(options.serverUrl);
    this.#serverName = pathname === "/" ? origin : origin + pathname;
  }

  /** The earliest instant for the next message, monotonic milliseconds. */
  get retryAt(): number {
    return this.#retryAt;
  }

  /** Whether the circuit lets nothing pass at an instant, monotonic milliseconds. */
  isOpen(now: number): boolean {
    return !askCircuit(this.#circuit, now).admitted;
  }

  /** Why messages don't get through, as it was logged; undefined when the last one did. */
  get trouble(): string | undefined {
    return this.#trouble?.text;
  }

  /** Sends a message and waits for the answer. */
  async deliver(message: Message, signal: AbortSignal): Promise<Delivery> {
    const beganAt = this.#now();
    const { admitted, circuit } = askCircuit(this.#circuit, beganAt);
    this.#enter(circuit);
    if (!admitted) return { kind: "failed", code: "" };
    const answer = await this.#options.transport.post(
      message.path,
      message.body,
      signal,
    );
    if (signal.aborted && answer.kind === "unanswered") {
      return { kind: "ended" };
    }
    const delivery = deliveryOf(answer);
    if (
      delivery.kind === "accepted" ||
      delivery.kind === "unknown_client" && message.unknown === "news"
    ) this.#succeeded();
    else this.#failed(message, answer, beganAt);
    return delivery;
  }

  #failed({ purpose }: Message, answer: Answer, beganAt: number): void {
    const refusal = refusalOf(answer);
    this.#failures++;
    const now = this.#now();
    const random = this.#options.random.next();
    const circuit = circuitAfterFailure(this.#circuit, now, CIRCUIT, random);
    this.#retryAt = circuit.kind === "open" ? circuit.until : now + waitMs(
      this.#failures === 1 && now - beganAt <= QUICK_FAILURE_MS
        ? FIRST_WAIT
        : WAIT,
      random,
    );
    if (isForPeople(codeOf(answer))) {
      this.#retryAt = Math.max(
        this.#retryAt,
        now + waitMs(REFUSED_WAIT, random),
      );
    }
    if (refusal !== this.#trouble?.refusal) {
      const text = `Cannot ${purpose} at "${this.#serverName}": ${refusal}`;
      this.#trouble = { refusal, text };
      this.#options.logger.warn(text);
    }
    this.#enter(circuit);
  }

  #succeeded(): void {
    if (this.#failures > 0) {
      this.#options.logger.info(
        `The server at "${this.#serverName}" takes messages again`,
        { failures: this.#failures },
      );
    }
    this.#failures = 0;
    this.#retryAt = -Infinity;
    this.#trouble = undefined;
    this.#enter(circuitAfterSuccess(this.#circuit));
  }

  #enter(circuit: Circuit): void {
    const before = this.#circuit.kind;
    this.#circuit = circuit;
    if (circuit.kind === before) return;
    const { logger } = this.#options;
    switch (circuit.kind) {
      case "closed":
        return logger.info("Server circuit CLOSED: the server answers");
      case "half_open":
        return logger.info("Server circuit HALF-OPEN: one attempt decides");
      case "open":
        return logger.warn(
          `Server circuit OPEN: no attempt for ${
            Math.ceil((circuit.until - this.#now()) / 1000)
          } s`,
          { failures: this.#failures },
        );
    }
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }
}

function deliveryOf(answer: Answer): Delivery {
  if (answer.kind === "unanswered") return { kind: "failed", code: "" };
  if (answer.status >= 200 && answer.status < 300) {
    return { kind: "accepted", said: saidOf(answer.text) };
  }
  return answer.status === 404
    ? { kind: "unknown_client" }
    : { kind: "failed", code: codeOf(answer) };
}
