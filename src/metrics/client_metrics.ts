/**
 * The metrics of a client: what it measures of its machine, how its messages fare, what it takes itself. Served on this
 * machine alone, since nothing asks for a key. Owner of the listener and of three counters.
 */
import type { Report } from "../engine/backend.ts";
import type { Logger } from "../ports.ts";
import { CounterFamily } from "./counted.ts";
import { type Family, oneGauge } from "./family.ts";
import { machineFamilies } from "./machine_families.ts";
import { Page } from "./page.ts";
import {
  buildFamily,
  processFamilies,
  readProcess,
} from "./process_families.ts";

/** What the metrics of a client are made of. */
export interface ClientMetricsParts {
  /** Address and port of this machine. */
  readonly listen: string;
  readonly version: string;
  /** What it would report now; undefined while there is nothing to report. */
  readonly report: () => Report | undefined;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly wallMs: () => number;
  readonly logger: Logger;
}

/** How a message fared. */
export type Fared = "accepted" | "failed";

/** The metrics of one client. */
export class ClientMetrics implements AsyncDisposable {
  readonly #parts: ClientMetricsParts;
  readonly #messages = new CounterFamily({
    name: "opsen_client_messages",
    help: "Messages to the server, by what they are and how they fared",
  });
  readonly #page = new Page(() => ({ usual: this.#families(), askedFor: [] }));
  #acceptedAtMs: number | undefined;
  readonly #cut = new AbortController();
  #server: Deno.HttpServer | undefined;

  /** Nothing has been sent. */
  constructor(parts: ClientMetricsParts) {
    this.#parts = parts;
    for (const message of ["registration", "report"]) {
      for (const result of ["accepted", "failed"]) {
        this.#messages.of({ message, result });
      }
    }
  }

  /** Serves from now on. A port that is taken is told: a machine is not to be lost because nobody sees its metrics. */
  listen(): void {
    const { listen, logger } = this.#parts;
    const { hostname, port } = new URL(`http://${listen}`);
    try {
      this.#server = Deno.serve({
        hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
        port: Number(port === "" ? 80 : port),
        signal: this.#cut.signal,
        onListen: ({ hostname, port }) =>
          logger.info("Metrics are served", { hostname, port }),
      }, (request) => this.answer(request));
    } catch (error) {
      logger.error("Metrics are not served", { metrics_listen: listen, error });
    }
  }

  /** Where it listens; undefined when it does not. */
  get address(): Deno.Addr | undefined {
    return this.#server?.addr;
  }

  /** A registration or a report was sent. */
  sent(message: "registration" | "report", result: Fared): void {
    this.#messages.of({ message, result }).increment();
    if (result === "accepted") this.#acceptedAtMs = this.#parts.wallMs();
  }

  /** Answers one request. */
  async answer(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== "/metrics") {
      return new Response("Only /metrics is here\n", { status: 404 });
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      const headers = { allow: "GET, HEAD" };
      return new Response(null, { status: 405, headers });
    }
    const accept = request.headers.get("accept");
    const { type, text } = await this.#page.render(accept);
    return new Response(text, { headers: { "content-type": type } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // At once: who holds a request back must not keep the client from ending.
    this.#cut.abort();
    await this.#server?.finished;
  }

  #families(): readonly Family[] {
    const report = this.#parts.report();
    const acceptedAtMs = this.#acceptedAtMs;
    return [
      buildFamily("opsen_client_build", this.#parts.version),
      this.#messages,
      ...acceptedAtMs === undefined ? [] : [oneGauge({
        name: "opsen_client_last_success_timestamp_seconds",
        help: "When the server last took a message, seconds since 1970",
        unit: "seconds",
      }, acceptedAtMs / 1000)],
      ...report === undefined ? [] : machineFamilies(report),
      ...processFamilies(readProcess()),
    ];
  }
}
