/**
 * The document of `config_url`, and the copies of it that are here: as it came last, and as it was in force
 * last. Owns those two.
 */
import type { OverlayDocument } from "../config/document.ts";
import { overlayName } from "../config/overlay.ts";
import type { RequestDocument } from "./request_document.ts";

/** What came of asking. */
export type UrlFetched =
  | { readonly kind: "fetched"; readonly document: OverlayDocument }
  /** It can't be had now; the copy is what it was last. */
  | {
    readonly kind: "held";
    readonly document: OverlayDocument;
    readonly reason: string;
  }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks for the document, and remembers it. */
export class UrlSource {
  readonly #request: RequestDocument;
  /** As it was last answered, with its entity tag. */
  #last: OverlayDocument | undefined;
  #etag: string | undefined;
  /** As it was last in force. */
  #good: OverlayDocument | undefined;
  #failures = 0;

  constructor(request: RequestDocument) {
    this.#request = request;
  }

  /** Requests in a row that brought nothing. */
  get failures(): number {
    return this.#failures;
  }

  /** The newest copy of the document of a URL; undefined when there is none. */
  held(url: string): OverlayDocument | undefined {
    return [this.#last, this.#good].find((copy) => copy?.url === url);
  }

  /** The document has come into force from its source: from now on it takes the place of one that can't be had. */
  confirm(document: OverlayDocument): void {
    this.#good = document;
  }

  /** Asks for the document; never rejects. It is believed here, and checked by whoever loads it. */
  async fetch(url: string, allow: readonly string[]): Promise<UrlFetched> {
    const last = this.#last?.url === url ? this.#last : undefined;
    const etag = last === undefined ? undefined : this.#etag;
    const answer = await this.#request({ url, allow, etag });
    switch (answer.kind) {
      case "document": {
        const content = { kind: "read", bytes: answer.bytes } as const;
        const document = { name: overlayName(url), url, content };
        this.#last = document;
        this.#etag = answer.etag;
        this.#failures = 0;
        return { kind: "fetched", document };
      }
      case "unmodified":
        if (last === undefined) {
          return this.#failed(url, "the answer is 304 to who has no copy");
        }
        this.#failures = 0;
        return { kind: "fetched", document: last };
      case "failed":
        return this.#failed(url, answer.reason);
    }
  }

  #failed(url: string, reason: string): UrlFetched {
    this.#failures++;
    return this.#good?.url === url
      ? { kind: "held", document: this.#good, reason }
      : { kind: "failed", reason };
  }
}
