/**
 * The transport of `insecure_tls`: whatever certificate the server shows is taken. Owns the kept connection; bounded as the
 * usual one. Loaded only where it is asked for, because fetch can't do this without switching the check off for the
 * whole process, and node:https costs 12 MB.
 */
import { Agent, request } from "node:https";
import { type ClientTls, USUAL_TLS } from "./client_tls.ts";
import { exchangeWithin } from "./exchange.ts";
import {
  type Answer,
  ANSWER_BYTES_MAX,
  EXCHANGE_MS_MAX,
  requestFields,
  type Transport,
  type TransportOptions,
  urlOf,
} from "./transport.ts";

/** Posts over TLS to a server that nobody vouches for. */
export class UncheckedTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #agent: Agent;

  constructor(
    options: TransportOptions,
    { identity }: ClientTls = USUAL_TLS,
  ) {
    this.#options = options;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 1,
      rejectUnauthorized: false,
      ...identity,
    });
  }

  post(path: string, body: unknown, signal: AbortSignal): Promise<Answer> {
    const { timeoutMs = EXCHANGE_MS_MAX } = this.#options;
    return exchangeWithin(
      timeoutMs,
      signal,
      (within) => this.#exchange(path, JSON.stringify(body), within),
    );
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #exchange(path: string, body: string, signal: AbortSignal): Promise<Answer> {
    const { serverUrl, serverKey } = this.#options;
    return new Promise((resolve, reject) => {
      const outgoing = request(urlOf(serverUrl, path), {
        method: "POST",
        headers: {
          ...requestFields(serverKey),
          "content-length": new TextEncoder().encode(body).length,
        },
        agent: this.#agent,
      }, (incoming) => {
        const decoder = new TextDecoder();
        let text = "";
        function end() {
          resolve({
            kind: "answered",
            status: incoming.statusCode ?? 0,
            location: incoming.headers.location ?? "",
            text: text.slice(0, ANSWER_BYTES_MAX),
          });
        }
        incoming.on("data", (chunk: Uint8Array) => {
          text += decoder.decode(chunk, { stream: true });
          if (text.length < ANSWER_BYTES_MAX) return;
          end();
          outgoing.destroy();
        });
        incoming.on("end", end);
        incoming.on("error", reject);
        incoming.on("aborted", () => reject(new Error("the answer broke off")));
      });
      function abort() {
        outgoing.destroy(signal.reason);
      }
      signal.addEventListener("abort", abort);
      outgoing.on("error", reject);
      outgoing.on("close", () => signal.removeEventListener("abort", abort));
      if (signal.aborted) abort();
      outgoing.end(body);
    });
  }
}
