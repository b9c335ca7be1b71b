/**
 * One key or value of JSON while its bytes come in pieces. Owns one buffer of {@link TOKEN_BYTES_MAX}, used again for
 * each token.
 */

/**
 * Most bytes that are kept of a token, as they are written between the quotes. What names a tier or a place is far
 * shorter.
 */
export const TOKEN_BYTES_MAX = 256;

/** Holds the bytes of one token at a time. */
export class JsonToken {
  readonly #bytes = new Uint8Array(TOKEN_BYTES_MAX);
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** How many bytes came; one more than fit when some were not kept. */
  #length = 0;
  #hasEscapes = false;

  /** Begins the next token. */
  clear(): void {
    this.#length = 0;
    this.#hasEscapes = false;
  }

  /** Adds a byte. */
  push(byte: number): void {
    if (this.#length < TOKEN_BYTES_MAX) this.#bytes[this.#length++] = byte;
    else this.#length = TOKEN_BYTES_MAX + 1;
    if (byte === BACKSLASH) this.#hasEscapes = true;
  }

  /** Whether it is longer than what is kept, so that it can't be read. */
  get isTooLong(): boolean {
    return this.#length > TOKEN_BYTES_MAX;
  }

  /** Whether escapes stand between the bytes and what they mean. */
  get hasEscapes(): boolean {
    return this.#hasEscapes;
  }

  /** Whether these are its bytes as written. */
  equals(bytes: Uint8Array): boolean {
    if (bytes.length !== this.#length) return false;
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] !== this.#bytes[i]) return false;
    }
    return true;
  }

  /** As written; bytes that are not UTF-8 become U+FFFD. */
  written(): string {
    return this.#decoder.decode(this.#bytes.subarray(0, this.#length));
  }

  /** What the inside of a string means, or undefined when an escape is none. */
  unescaped(): string | undefined {
    const text = this.written();
    if (!this.#hasEscapes) return text;
    try {
      return JSON.parse(`"${text}"`);
    } catch {
      return undefined;
    }
  }
}

const BACKSLASH = 0x5c;
