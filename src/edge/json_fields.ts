/**
 * Reads a few top-level fields of a JSON object while its bytes pass by. Owns a depth counter and the one token that is
 * being read; the body itself is never kept, and each byte is looked at once.
 */
import { JsonToken } from "./json_token.ts";

/** What is known after the bytes so far. Once it is not "more", further bytes change nothing. */
export type JsonProgress = "more" | "done" | "not_json";

/**
 * The fields of one object, fed in pieces of any size. Gives what `JSON.parse` would: escapes are read, of a repeated
 * key the last one counts, which is why nothing is known for good before the object ends. Bytes that are not UTF-8
 * become U+FFFD as in `TextDecoder`. A value longer than a token may be counts as absent, a longer key as another one.
 * What is passed over is not checked further than finding its end takes.
 */
export class JsonFields {
  readonly #names: readonly string[];
  readonly #nameBytes: readonly Uint8Array[];
  readonly #found: (string | number | undefined)[];
  readonly #token = new JsonToken();
  #state: State = "start";
  #bomBytes = 0;
  #depth = 0;
  #isEscaped = false;
  /** Index of the name whose value comes, or -1 when nobody asked for it. */
  #wanted = -1;

  /** @param names The keys to look for. */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.#nameBytes = names.map((name) => new TextEncoder().encode(name));
    this.#found = names.map(() => undefined);
  }

  /** Begins anew, for the next body. */
  reset(): void {
    this.#state = "start";
    this.#bomBytes = 0;
    this.#found.fill(undefined);
  }

  /** Takes bytes[start, end), which stay the caller's. */
  feed(bytes: Uint8Array, start: number, end: number): JsonProgress {
    let at = start;
    while (at < end) {
      switch (this.#state) {
        case "start":
          this.#begin(bytes[at++] ?? 0);
          break;
        case "key":
        case "text":
          at = this.#string(bytes, at, end);
          break;
        case "scalar":
          at = this.#scalar(bytes, at, end);
          break;
        case "nested":
          at = this.#nested(bytes, at, end);
          break;
        case "nested_text":
          at = this.#nestedText(bytes, at, end);
          break;
        case "first_key":
        case "next_key":
        case "colon":
        case "value":
        case "comma":
          this.#between(bytes[at++] ?? 0);
          break;
        case "done":
        case "not_json":
          return this.#state;
      }
    }
    return this.#state === "done" || this.#state === "not_json"
      ? this.#state
      : "more";
  }

  /** The value of a name, as far as was read, when it is a string. */
  text(name: string): string | undefined {
    const value = this.#found[this.#names.indexOf(name)];
    return typeof value === "string" ? value : undefined;
  }

  /** The value of a name, as far as was read, when it is a number. */
  number(name: string): number | undefined {
    const value = this.#found[this.#names.indexOf(name)];
    return typeof value === "number" ? value : undefined;
  }

  #begin(byte: number): void {
    if (this.#bomBytes < BOM.length && byte === BOM[this.#bomBytes]) {
      this.#bomBytes++;
    } else if (this.#bomBytes % BOM.length !== 0) {
      this.#fail();
    } else if (isSpace(byte)) {
      this.#bomBytes = BOM.length;
    } else if (byte === OPEN_BRACE) {
      this.#state = "first_key";
    } else {
      this.#fail();
    }
  }

  /** One byte outside of keys and values. */
  #between(byte: number): void {
    if (isSpace(byte)) return;
    const state = this.#state;
    if (state === "value") return this.#beginValue(byte);
    if (byte === QUOTE && (state === "first_key" || state === "next_key")) {
      this.#beginString("key");
    } else if (byte === COLON && state === "colon") {
      this.#state = "value";
    } else if (byte === COMMA && state === "comma") {
      this.#state = "next_key";
    } else if (
      byte === CLOSE_BRACE &&
      (state === "first_key" || state === "comma")
    ) {
      this.#state = "done";
    } else {
      this.#fail();
    }
  }

  #beginValue(byte: number): void {
    if (byte === QUOTE) return this.#beginString("text");
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#depth = 1;
      this.#state = "nested";
    } else if (isScalar(byte)) {
      this.#token.clear();
      this.#token.push(byte);
      this.#state = "scalar";
    } else {
      this.#fail();
    }
  }

  #beginString(state: "key" | "text"): void {
    this.#token.clear();
    this.#isEscaped = false;
    this.#state = state;
  }

  #string(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte < SPACE) {
        this.#fail();
        return at;
      }
      if (this.#isEscaped) {
        this.#isEscaped = false;
      } else if (byte === BACKSLASH) {
        this.#isEscaped = true;
      } else if (byte === QUOTE) {
        if (this.#state === "key") this.#endKey();
        else this.#endText();
        return at + 1;
      }
      this.#token.push(byte);
    }
    return end;
  }

  #endKey(): void {
    this.#state = "colon";
    this.#wanted = -1;
    if (this.#token.isTooLong) return;
    if (this.#token.hasEscapes) {
      const key = this.#token.unescaped();
      if (key === undefined) return this.#fail();
      this.#wanted = this.#names.indexOf(key);
    } else {
      this.#wanted = this.#nameBytes.findIndex((name) =>
        this.#token.equals(name)
      );
    }
    if (this.#wanted !== -1) this.#found[this.#wanted] = undefined;
  }

  #endText(): void {
    this.#state = "comma";
    if (this.#wanted === -1 || this.#token.isTooLong) return;
    const text = this.#token.unescaped();
    if (text === undefined) return this.#fail();
    this.#found[this.#wanted] = text;
  }

  #scalar(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (!isScalar(byte)) {
        this.#endScalar();
        return at;
      }
      this.#token.push(byte);
    }
    return end;
  }

  #endScalar(): void {
    this.#state = "comma";
    if (this.#wanted === -1 || this.#token.isTooLong) return;
    const text = this.#token.written();
    if (NUMBER.test(text)) this.#found[this.#wanted] = Number(text);
    else if (!/^(true|false|null)$/.test(text)) this.#fail();
  }

  /** Braces and brackets count alike: which of them closes matters to the reader of the body only. */
  #nested(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#isEscaped = false;
        this.#state = "nested_text";
        return at + 1;
      }
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--this.#depth === 0) {
          this.#state = "comma";
          return at + 1;
        }
      }
    }
    return end;
  }

  #nestedText(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (this.#isEscaped) {
        this.#isEscaped = false;
      } else if (byte === BACKSLASH) {
        this.#isEscaped = true;
      } else if (byte === QUOTE) {
        this.#state = "nested";
        return at + 1;
      }
    }
    return end;
  }

  #fail(): void {
    this.#state = "not_json";
    this.#found.fill(undefined);
  }
}

/** What comes next, or how it ended. */
type State =
  | "start"
  | "first_key"
  | "next_key"
  | "key"
  | "colon"
  | "value"
  | "text"
  | "scalar"
  | "nested"
  | "nested_text"
  | "comma"
  | "done"
  | "not_json";

/** RFC 8259, section 6. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** Some programs begin UTF-8 with a byte order mark (RFC 8259, section 8.1). */
const BOM: readonly number[] = [0xef, 0xbb, 0xbf];

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Letters, digits, and the signs of numbers: `+`, `-`, `.`. */
function isScalar(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2b || byte === 0x2d || byte === 0x2e;
}
