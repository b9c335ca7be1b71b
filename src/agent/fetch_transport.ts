/**
 * The usual transport: fetch, with one kept connection. Owns that connection; bounded by a time-out and a number of bytes
 * for each exchange.
 *
 * Redirections are not followed: the key would go to wherever they point, and a POST would arrive as a GET.
 */
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

/** Posts with fetch. */
export class FetchTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #client: Deno.HttpClient;

  constructor(options: TransportOptions, tls: ClientTls = USUAL_TLS) {
    this.#options = options;
    const { caCerts, identity } = tls;
    this.#client = Deno.createHttpClient({
      poolMaxIdlePerHost: 1,
      caCerts,
      ...identity,
    });
  }

  post(path: string, body: unknown, signal: AbortSignal): Promise<Answer> {
    const { serverUrl, serverKey, timeoutMs = EXCHANGE_MS_MAX } = this.#options;
    return exchangeWithin(timeoutMs, signal, async (within) => {
      const response = await fetch(urlOf(serverUrl, path), {
        method: "POST",
        headers: requestFields(serverKey),
        body: JSON.stringify(body),
        redirect: "manual",
        client: this.#client,
        signal: within,
      });
      return {
        kind: "answered",
        status: response.status,
        location: response.headers.get("location") ?? "",
        text: await startOf(response.body),
      };
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** The start of a body as text. Reads to the end, so that the connection can be used again; gives up on what is too long. */
export async function startOf(
  body: ReadableStream<Uint8Array> | null,
): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    text += decoder.decode(chunk, { stream: true });
    // Leaving the loop cancels the body.
    if (length >= ANSWER_BYTES_MAX) break;
  }
  return text.slice(0, ANSWER_BYTES_MAX);
}
