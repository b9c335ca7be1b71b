/**
 * The way to the server: one exchange at a time, a circuit breaker around it, and what the log says of it. Owns the
 * circuit and the number of failures; bounded by being two values.
 */
import { backoffMs, type BackoffPolicy } from "../policy/backoff.ts";
import {
  askCircuit,
  type Circuit,
  circuitAfterFailure,
  circuitAfterSuccess,
  type CircuitPolicy,
  CLOSED_CIRCUIT,
} from "../policy/circuit.ts";
import type { Clock, Logger, Random } from "../ports.ts";
import { refusalOf } from "./refusal.ts";
import type { Answer, Transport } from "./transport.ts";

/** Waits of at most 1, 2, 4, 8, 16 and from then on 30 seconds. */
export const BACKOFF: BackoffPolicy = { firstMs: 1000, capMs: 30_000 };
/** Five failures in a row open the circuit for 30 seconds. */
const CIRCUIT: CircuitPolicy = { failuresMax: 5, openMs: 30_000 };

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
export type Delivery = "accepted" | "unknown_client" | "failed" | "ended";

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
  #refusal: string | undefined;

  constructor(options: ServerLinkOptions) {
    this.#options = options;
    const { origin, pathname } = new URL(options.serverUrl);
    this.#serverName = pathname === "/" ? origin : origin + pathname;
  }

  /** The earliest instant for the next message, monotonic milliseconds. */
  get retryAt(): number {
    return this.#circuit.kind === "open"
      ? Math.max(this.#retryAt, this.#circuit.until)
      : this.#retryAt;
  }

  /** Whether the circuit lets nothing pass at an instant, monotonic milliseconds. */
  isOpen(now: number): boolean {
    return !askCircuit(this.#circuit, now).admitted;
  }

  /** Sends a message and waits for the answer. */
  async deliver(message: Message, signal: AbortSignal): Promise<Delivery> {
    const { admitted, circuit } = askCircuit(this.#circuit, this.#now());
    this.#enter(circuit);
    if (!admitted) return "failed";
    const answer = await this.#options.transport.post(
      message.path,
      message.body,
      signal,
    );
    if (signal.aborted && answer.kind === "unanswered") return "ended";
    const delivery = deliveryOf(answer);
    if (
      delivery === "accepted" ||
      delivery === "unknown_client" && message.unknown === "news"
    ) this.#succeeded();
    else this.#failed(message, refusalOf(answer));
    return delivery;
  }

  #failed({ purpose }: Message, refusal: string): void {
    this.#failures++;
    const now = this.#now();
    this.#retryAt = now +
      backoffMs(this.#failures, BACKOFF, this.#options.random.next());
    if (refusal !== this.#refusal) {
      this.#refusal = refusal;
      this.#options.logger.warn(
        `Cannot ${purpose} at "${this.#serverName}": ${refusal}`,
      );
    }
    this.#enter(circuitAfterFailure(this.#circuit, now, CIRCUIT));
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
    this.#refusal = undefined;
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
          `Server circuit OPEN: no attempt for ${CIRCUIT.openMs / 1000} s`,
          { failures: this.#failures },
        );
    }
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }
}

function deliveryOf(answer: Answer): Delivery {
  if (answer.kind === "unanswered") return "failed";
  if (answer.status >= 200 && answer.status < 300) return "accepted";
  return answer.status === 404 ? "unknown_client" : "failed";
}
