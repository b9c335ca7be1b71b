/** How messages reach the server. Shapes only; one file per way. */

/** The server answered, whatever it said; or no answer came. */
export type Answer =
  | {
    readonly kind: "answered";
    readonly status: number;
    /** Where a redirection points to; empty otherwise. */
    readonly location: string;
    /** The start of the body. */
    readonly text: string;
  }
  | { readonly kind: "unanswered"; readonly reason: string };

/** Posts JSON to one server over connections that are kept. */
export interface Transport extends Disposable {
  /** Posts to a path below the server's URL. Never fails; aborting ends it with no answer. */
  post(path: string, body: unknown, signal: AbortSignal): Promise<Answer>;
}

/** What every transport is made of. */
export interface TransportOptions {
  readonly serverUrl: string;
  /** The key to send, or empty; what says it with each message, where that changes. */
  readonly serverKey: string | (() => string);
  /** How long one exchange may take in all, milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** How long one exchange may take in all, milliseconds. */
export const EXCHANGE_MS_MAX = 10_000;
/** Bytes of an answer that are read, then the connection is given up; what counts of it is a status and a sentence. */
export const ANSWER_BYTES_MAX = 16_384;

/** Fields of every request. */
export function requestFields(
  serverKey: TransportOptions["serverKey"],
): Record<string, string> {
  const key = typeof serverKey === "string" ? serverKey : serverKey();
  return {
    "content-type": "application/json",
    "user-agent": "opsen-client",
    ...(key !== "" && { "x-api-key": key }),
  };
}

/** The URL of a path below the server's own, which may be a path itself. */
export function urlOf(serverUrl: string, path: string): URL {
  const url = new URL(serverUrl);
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  url.search = "";
  url.hash = "";
  return url;
}
