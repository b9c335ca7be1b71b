/** One caller's request to the server of a drill, and the record of how each ended. Bounded by {@link RECORDS_MAX}. */
import { DRILL_ID } from "./backend_process.ts";
import { CONNECTION_REFUSED, type Lane, type Sent } from "./records.ts";

/** An hour of requests. */
const RECORDS_MAX = 500_000;
/** Longer than the server's own patience. */
const CALLER_PATIENCE_MS = 10_000;

/** One good answer; `backend` is who gave it, for proxied requests. */
export interface Answer {
  readonly backend: string | undefined;
  readonly text: string;
  readonly status: number;
  readonly sentMs: number;
}

/** What is expected of an answer. */
export interface Expectation {
  /** The backend that the request is sure to go to. */
  readonly expected?: string | undefined;
  /** What is wrong with the text of a good answer. */
  readonly faultIn?: (text: string) => string | undefined;
  /** A status that is no failure either. */
  readonly alsoFine?: number;
}

/** Sends requests. */
export class Caller {
  /** Requests that have ended. */
  readonly sent: Sent[] = [];
  readonly #url: string;
  readonly #client: Deno.HttpClient | undefined;
  #count = 0;

  /** Calls this server; with a client, over TLS. */
  constructor(url: string, client: Deno.HttpClient | undefined) {
    this.#url = url;
    this.#client = client;
  }

  /** Whether no more can be recorded. */
  get isFull(): boolean {
    return this.sent.length >= RECORDS_MAX;
  }

  /** One request; undefined when it failed, which is recorded. */
  async call(
    lane: Lane,
    path: string,
    init: RequestInit,
    { expected, faultIn, alsoFine }: Expectation = {},
  ): Promise<Answer | undefined> {
    const sentMs = performance.now();
    let backend = expected;
    let hasHead = false;
    const ended = (cause: string | undefined) => {
      const endMs = performance.now();
      this.sent.push({ lane, sentMs, endMs, backend, cause });
    };
    try {
      const response = await fetch(this.#url + path, {
        ...init,
        headers: { ...init.headers, [DRILL_ID]: String(++this.#count) },
        signal: AbortSignal.timeout(CALLER_PATIENCE_MS),
        ...(this.#client !== undefined && { client: this.#client }),
      });
      hasHead = true;
      const { ok, status } = response;
      const answering = response.headers.get("x-opsen-backend") ?? undefined;
      backend = answering ?? backend;
      const text = await response.text();
      const isFine = ok || status === alsoFine;
      const cause = isFine ? faultIn?.(text) : refusalOf(status, text);
      ended(cause);
      return cause === undefined
        ? { backend: answering, text, status, sentMs }
        : undefined;
    } catch (error) {
      ended(hasHead ? "broken off after the head" : causeOf(error));
      return undefined;
    }
  }
}

/** Status and code of a refusal, or the status alone. */
function refusalOf(status: number, text: string): string {
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  return code === undefined ? `status ${status}` : `${status} ${code}`;
}

function causeOf(error: unknown): string {
  if (error instanceof DOMException) return "no answer at all";
  const cause = error instanceof Error ? error.cause ?? error : error;
  return /refused/i.test(String(cause))
    ? CONNECTION_REFUSED
    : "connection lost before an answer";
}
