/**
 * Asks a server for a database: its checksum, its age, its archive. Owns one HTTP client and the time that the server
 * has left. What it throws is a {@link GeoipFault}, whose words never hold the licence key.
 */
import { EXIT_CODE } from "./exit_code.ts";
import { GeoipFault, interrupted } from "./geoip_fault.ts";
import { redirectTarget, refusal } from "./geoip_refusal.ts";
import type { GeoipSource } from "./geoip_source.ts";

/** How long a server is waited for. */
export interface Patience {
  /** For the head of an answer, and then for each piece of it. */
  readonly silenceMsMax: number;
  /** For all that it is asked. */
  readonly wholeMsMax: number;
}

/** An archive on its way. */
export interface ArchiveStream {
  /** What the server says its length is. */
  readonly bytesTotal: number | undefined;
  /** When it was last changed, wall-clock milliseconds, if the server says that. */
  readonly changedMs: number | undefined;
  /** Its octets; ends with a fault when they stop coming or are too many. */
  readonly pieces: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** A storage that has to find the file first takes seconds; an hour is enough for 60 MB at 17 kB a second. */
const PATIENCE: Patience = { silenceMsMax: 30_000, wholeMsMax: 3_600_000 };
/** MaxMind redirects once. */
const REDIRECTS_MAX = 5;
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];
/** The largest database of cities that is sold packs to a third of it. */
const ARCHIVE_BYTES_MAX = 512 * 1024 ** 2;
/** A checksum and a file name have about 100 octets. */
const CHECKSUM_BYTES_MAX = 1024;

/** A server that hands out databases. */
export class GeoipServer implements Disposable {
  readonly #source: GeoipSource;
  readonly #interrupt: AbortSignal;
  readonly #patience: Patience;
  // A connection of its own: nobody uses it again.
  readonly #client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  /** Aborts, with the reason, when the server took too long. */
  readonly #late = new AbortController();
  readonly #end: ReturnType<typeof setTimeout>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    source: GeoipSource,
    interrupt: AbortSignal,
    patience: Patience = PATIENCE,
  ) {
    this.#source = source;
    this.#interrupt = interrupt;
    this.#patience = patience;
    const { wholeMsMax } = patience;
    this.#end = this.#lateIn(wholeMsMax, "it is not done after");
  }

  /** SHA-256 of the archive, in small hexadecimal digits. */
  async checksum(): Promise<string> {
    const { checksum } = this.#source;
    const response = await this.#answer(checksum, "GET");
    let text = "";
    for await (const piece of this.#pieces(response, CHECKSUM_BYTES_MAX)) {
      text += String.fromCharCode(...piece);
    }
    const [, found] = /^([0-9a-f]{64})(?:\s|$)/i.exec(text) ?? [];
    if (found === undefined) {
      throw new GeoipFault(
        `${checksum.host} answers with something else than a SHA-256 checksum; is something between it and here?`,
        EXIT_CODE.noGeoDatabase,
      );
    }
    return found.toLowerCase();
  }

  /** When the archive was last changed, wall-clock milliseconds; undefined when the server does not say. */
  async changedMs(): Promise<number | undefined> {
    const response = await this.#answer(this.#source.archive, "HEAD");
    await response.body?.cancel();
    return changedMsOf(response);
  }

  /** The archive, packed as it is. */
  async archive(): Promise<ArchiveStream> {
    const response = await this.#answer(this.#source.archive, "GET");
    const length = response.headers.get("content-length") ?? "";
    return {
      bytesTotal: /^[1-9]\d{0,14}$/.test(length) ? Number(length) : undefined,
      changedMs: changedMsOf(response),
      pieces: this.#pieces(response, ARCHIVE_BYTES_MAX),
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#end);
    clearTimeout(this.#timer);
    this.#client.close();
  }

  /** The good answer, wherever the server sends us for it. */
  async #answer(url: URL, method: "GET" | "HEAD"): Promise<Response> {
    for (let at = url, hops = 0; hops <= REDIRECTS_MAX; hops++) {
      const response = await this.#ask(at, method);
      if (response.ok) return response;
      await response.body?.cancel();
      if (!REDIRECT_STATUSES.includes(response.status)) {
        throw refusal(response, at, this.#source);
      }
      at = redirectTarget(response, at);
    }
    throw new GeoipFault(
      `${url.host} redirects more than ${REDIRECTS_MAX} times`,
      EXIT_CODE.unreachable,
    );
  }

  async #ask(url: URL, method: "GET" | "HEAD"): Promise<Response> {
    const { archive, authorization } = this.#source;
    const isAtSource = url.origin === archive.origin;
    this.#awaitNext();
    try {
      return await fetch(url, {
        method,
        headers: {
          // The octets that the checksum is of.
          "accept-encoding": "identity",
          ...(isAtSource && authorization !== undefined && { authorization }),
        },
        redirect: "manual",
        client: this.#client,
        signal: AbortSignal.any([this.#interrupt, this.#late.signal]),
      });
    } catch (error) {
      throw this.#faultOf(error, url);
    } finally {
      clearTimeout(this.#timer);
    }
  }

  async *#pieces(
    response: Response,
    bytesMax: number,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const url = new URL(response.url);
    let bytes = 0;
    this.#awaitNext();
    try {
      for await (const piece of response.body ?? []) {
        bytes += piece.length;
        if (bytes > bytesMax) {
          throw new GeoipFault(
            `${url.host} sends more than ${bytesMax} bytes, which is no database of cities`,
            EXIT_CODE.noGeoDatabase,
          );
        }
        // Our disk may take its time.
        clearTimeout(this.#timer);
        yield piece;
        this.#awaitNext();
      }
    } catch (error) {
      throw error instanceof GeoipFault ? error : this.#faultOf(error, url);
    } finally {
      clearTimeout(this.#timer);
    }
  }

  /** From now on the server has so long to say something. */
  #awaitNext(): void {
    clearTimeout(this.#timer);
    const { silenceMsMax } = this.#patience;
    this.#timer = this.#lateIn(silenceMsMax, "it has said nothing for");
  }

  #lateIn(ms: number, words: string): ReturnType<typeof setTimeout> {
    const reason = `${words} ${ms / 1000} s`;
    return setTimeout(() => this.#late.abort(reason), ms);
  }

  #faultOf(error: unknown, { host }: URL): GeoipFault {
    if (this.#interrupt.aborted) return interrupted();
    const { aborted: isLate, reason: lateness } = this.#late.signal;
    const reason = isLate ? lateness : innermost(error);
    return new GeoipFault(
      `Cannot download from ${host}: ${reason}; look whether this machine may reach it, or try again later`,
      EXIT_CODE.unreachable,
    );
  }
}

function changedMsOf({ headers }: Response): number | undefined {
  const changedMs = Date.parse(headers.get("last-modified") ?? "");
  return Number.isNaN(changedMs) ? undefined : changedMs;
}

/** fetch says only that it failed; why stands in the cause, beside the URL, which holds the key. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return "it failed";
  return error.cause instanceof Error
    ? innermost(error.cause)
    : error.message.replace(/^.*client error \(\w+\): /s, "")
      .replaceAll(/\S+:\/\/\S+/g, "the URL");
}
