/** Asks for a document over HTTP, once, believing as little as possible of who answers. */
import type { IncomingMessage, RequestOptions } from "node:http";
import { CONFIG_BYTES_MAX } from "../config/file_reader.ts";
import { checkedAddresses, hostOf, type ResolveName } from "./url_addresses.ts";

/** What is asked for. */
export interface DocumentAsk {
  readonly url: string;
  /** Private or reserved addresses and ranges it may come from. */
  readonly allow: readonly string[];
  /** The entity tag of the copy that is there already (RFC 9110 section 8.8.3); undefined for none. */
  readonly etag: string | undefined;
}

/** What came of it. Reasons hold nothing of the URL that may be secret. */
export type DocumentAnswer =
  | {
    readonly kind: "document";
    readonly bytes: Uint8Array;
    readonly etag: string | undefined;
  }
  /** The copy is still the document. */
  | { readonly kind: "unmodified" }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks for a document; never rejects. */
export type RequestDocument = (ask: DocumentAsk) => Promise<DocumentAnswer>;

/** The network around a request. */
export interface RequestWorld {
  readonly resolve: ResolveName;
  /** Authorities beside those of the system, PEM. */
  readonly authorities: readonly string[];
  /** Bound of everything together: resolving, connecting, and the last byte of the body. */
  readonly timeoutMs: number;
}

/** Long enough for a slow host, short enough for somebody who waits for `opsen reload`. */
const TIMEOUT_MS = 10_000;

/** The network of this machine. */
export const SYSTEM_NETWORK: RequestWorld = {
  resolve: async (name) => {
    const { lookup } = await import("node:dns/promises");
    const found = await lookup(name, { all: true });
    return found.map(({ address }) => address);
  },
  authorities: [],
  timeoutMs: TIMEOUT_MS,
};

/** Requests over a network. */
export function requesterOver(world: RequestWorld): RequestDocument {
  return async (ask) => {
    const stop = new AbortController();
    const { promise: late, resolve } = Promise.withResolvers<DocumentAnswer>();
    const timer = setTimeout(() => {
      stop.abort();
      resolve(failed(`there was no whole answer in ${world.timeoutMs} ms`));
    }, world.timeoutMs);
    try {
      const answer = answerTo(ask, world, stop.signal)
        .catch((error: unknown) => failed(messageOf(error)));
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The answer of the first address that answers; the time that is left is shared among those that are left. */
async function answerTo(
  { url: href, allow, etag }: DocumentAsk,
  world: RequestWorld,
  signal: AbortSignal,
): Promise<DocumentAnswer> {
  const endsMs = performance.now() + world.timeoutMs;
  const url = new URL(href);
  const checked = await checkedAddresses(url, allow, world.resolve);
  if (checked.kind === "refused") return failed(checked.reason);
  let reason = "nothing answers";
  let left = checked.addresses.length;
  for (const address of checked.addresses) {
    if (signal.aborted) break;
    const response = await responseFrom(
      address,
      optionsOf(url, etag, world.authorities),
      signal,
      (endsMs - performance.now()) / left--,
    );
    if (typeof response !== "string") return await read(response);
    reason = response;
  }
  return failed(reason);
}

function optionsOf(
  url: URL,
  etag: string | undefined,
  authorities: readonly string[],
): RequestOptions & { readonly ca?: string[] } {
  const { protocol, port, pathname, search, username, password } = url;
  return {
    protocol,
    hostname: hostOf(url),
    ...(port !== "" && { port }),
    path: pathname + search,
    ...(username !== "" && {
      auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
    }),
    headers: {
      accept: "application/yaml, text/yaml, text/plain, */*;q=0.1",
      "accept-encoding": "identity",
      ...(etag !== undefined && { "if-none-match": etag }),
    },
    ...(authorities.length > 0 && { ca: [...authorities] }),
    // A connection of its own, so that none is kept to an address that was checked long ago.
    agent: false,
  };
}

/** The response of one address; why there is none otherwise. Its body has all the time that is left to the request. */
async function responseFrom(
  address: string,
  options: RequestOptions,
  signal: AbortSignal,
  waitMs: number,
): Promise<IncomingMessage | string> {
  const { request } = options.protocol === "https:"
    ? await import("node:https")
    : await import("node:http");
  const { promise, resolve } = Promise.withResolvers<
    IncomingMessage | string
  >();
  const family = address.includes(":") ? 6 : 4;
  const asking = request({
    ...options,
    lookup: (_name, { all }, done) =>
      all ? done(null, [{ address, family }]) : done(null, address, family),
  }, resolve);
  asking.on("error", ({ message }) => resolve(message));
  signal.addEventListener("abort", () => asking.destroy());
  const timer = setTimeout(() => {
    resolve(`there was no answer in ${Math.round(waitMs)} ms`);
    asking.destroy();
  }, waitMs);
  asking.end();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

async function read(response: IncomingMessage): Promise<DocumentAnswer> {
  const { statusCode = 0, headers } = response;
  const fault = headFault(statusCode, headers);
  if (statusCode === 304 || fault !== undefined) {
    response.destroy();
    return fault === undefined ? { kind: "unmodified" } : failed(fault);
  }
  const pieces: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const piece of response) {
      total += piece.length;
      if (total > CONFIG_BYTES_MAX) return failed(TOO_LARGE);
      pieces.push(piece);
    }
  } catch (error) {
    return failed(`the answer broke off: ${messageOf(error)}`);
  } finally {
    response.destroy();
  }
  const bytes = new Uint8Array(await new Blob(pieces as BlobPart[]).bytes());
  return { kind: "document", bytes, etag: headers.etag };
}

const TOO_LARGE = `the document has more than ${CONFIG_BYTES_MAX} bytes`;

function headFault(
  status: number,
  headers: IncomingMessage["headers"],
): string | undefined {
  if (status === 304) return undefined;
  if (status >= 300 && status < 400) {
    return `the answer is ${status}, and redirects are not followed`;
  }
  if (status !== 200) return `the answer is ${status}`;
  const coding = headers["content-encoding"] ?? "identity";
  if (coding !== "identity") {
    return `the answer is coded as ${coding}, which was not asked for`;
  }
  return Number(headers["content-length"] ?? 0) > CONFIG_BYTES_MAX
    ? TOO_LARGE
    : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function failed(reason: string): DocumentAnswer {
  return { kind: "failed", reason };
}
