/** A stream that keeps what it is given, for tests that read the lines of a log. */
import type { LineStream } from "../../src/log/line_writer.ts";

/** Keeps all it is given. */
export class MemoryStream implements LineStream {
  readonly #decoder = new TextDecoder();
  readonly #isTerminal: boolean;
  /** All text so far. */
  text = "";

  constructor(isTerminal = false) {
    this.#isTerminal = isTerminal;
  }

  write(bytes: Uint8Array): Promise<number> {
    this.text += this.#decoder.decode(bytes, { stream: true });
    return Promise.resolve(bytes.length);
  }

  isTerminal(): boolean {
    return this.#isTerminal;
  }

  /** The lines so far, without their ends. */
  get lines(): readonly string[] {
    return this.text.split("\n").slice(0, -1);
  }
}
