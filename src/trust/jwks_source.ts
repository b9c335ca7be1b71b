/**
 * The signing keys at a URL (JWKS, RFC 7517): fetched when first needed, again now and then, and when a token names a
 * key that is not among them. Keys that were good go on while the URL can't be reached. Owner of these keys and of one
 * request at a time.
 */
import { errors } from "jose";
import type { Clock, Logger } from "../ports.ts";
import { fetchDocument } from "./fetch_document.ts";
import { type KeyFinder, keysOfSet, KeysUnavailableError } from "./jwt_keys.ts";

/** Age of keys at which they are fetched again behind the requests, so that keys that were taken back end. */
export const REFRESH_MS = 300_000;
/** Nobody is asked more often because of unknown keys, which anybody can name: that soon a new key is known. */
export const COOL_DOWN_MS = 10_000;
/** After a failure, asking again may help sooner. */
export const RETRY_MS = 2_000;

/** The keys of one URL. */
export class JwksSource implements Disposable {
  readonly url: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #abort = new AbortController();
  #keys: KeyFinder | undefined;
  #text: string | undefined;
  #age = 0;
  #fetching: Promise<void> | undefined;
  #hasFailed = false;
  #attemptedAt = -Infinity;
  #onChange: () => void = () => {};

  /** Nothing is fetched yet. */
  constructor(url: string, { clock, logger }: {
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.url = url;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** How often the keys were others than before; 0 until there are any. */
  get age(): number {
    return this.#age;
  }

  /** Tells one listener, the last, when the keys are others than before. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Finds the key of a token, as jose asks for it. */
  readonly find: KeyFinder = async (header, token) => {
    if (this.#keys === undefined) await this.#fetch(RETRY_MS);
    else if (this.#sinceAttempt() >= REFRESH_MS) void this.#fetch(REFRESH_MS);
    const keys = this.#keys;
    if (keys === undefined) throw new KeysUnavailableError();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#fetch(this.#hasFailed ? RETRY_MS : COOL_DOWN_MS);
      if (this.#hasFailed) throw new KeysUnavailableError();
      return await (this.#keys ?? keys)(header, token);
    }
  };

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  /** Fetches the keys, unless that was tried this short while ago. */
  async #fetch(pauseMs: number): Promise<void> {
    if (this.#fetching === undefined) {
      if (this.#sinceAttempt() < pauseMs) return;
      this.#attemptedAt = this.#clock.monotonicMs();
      this.#fetching = this.#ask();
    }
    await this.#fetching;
  }

  async #ask(): Promise<void> {
    try {
      this.#take(await fetchDocument(this.url, this.#abort.signal));
      if (this.#hasFailed) {
        this.#logger.info("The keys of jwt.jwks_url can be had again");
      }
      this.#hasFailed = false;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      if (!this.#hasFailed) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.warn(
          "Cannot get the keys of jwt.jwks_url; those that are known go on",
          { host: new URL(this.url).host, known: this.#age > 0, reason },
        );
      }
      this.#hasFailed = true;
    } finally {
      this.#fetching = undefined;
    }
  }

  #take(text: string): void {
    if (text === this.#text) return;
    this.#keys = keysOfSet(JSON.parse(text));
    this.#text = text;
    this.#age++;
    this.#onChange();
  }

  #sinceAttempt(): number {
    return this.#clock.monotonicMs() - this.#attemptedAt;
  }
}
