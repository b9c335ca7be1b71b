/**
 * Lines on their way to a stream. They are written behind the caller's back, because a write to a pipe whose reader
 * sleeps blocks, and a log must not stop the program.
 *
 * Bounds: {@link QUEUED_CHARACTERS_MAX} wait, as many again are being written; what comes on top is counted as lost, and
 * the count is told when the stream takes lines again. A stream that refuses (a reader that went away, a full disk)
 * loses the lines of that write; the next ones are tried, because pipes and disks come back.
 */

/** How much may wait for a stream that is slower than the log: some ten thousand lines. */
export const QUEUED_CHARACTERS_MAX = 1 << 20;

/** How long {@link LineWriter.flush} waits for a stalled stream when it isn't told. */
export const FLUSH_MS_MAX = 1000;

/** Pause before a stream that would block is tried again; its descriptor was made non-blocking by another process. */
const WOULD_BLOCK_PAUSE_MS = 10;

/** Where lines go; `Deno.stderr` is one. */
export interface LineStream {
  /** Writes some of the bytes and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Whether a person is looking. */
  isTerminal?(): boolean;
}

/** Writes lines to a stream in order, bounded, and never throws. */
export class LineWriter {
  readonly #stream: LineStream;
  readonly #lossLine: (count: number) => string;
  readonly #encoder = new TextEncoder();
  #lines: string[] = [];
  #queuedCharacters = 0;
  #lostLines = 0;
  #lostInAll = 0;
  #endsMidLine = false;
  #draining: Promise<void> | undefined;

  /** `lossLine` words how many lines were lost. */
  constructor(stream: LineStream, lossLine: (count: number) => string) {
    this.#stream = stream;
    this.#lossLine = lossLine;
  }

  /** Lines that the stream did not take, since the start. */
  get lostLines(): number {
    return this.#lostInAll;
  }

  /** Queues a line, which brings its own line end. */
  write(line: string): void {
    if (this.#queuedCharacters + line.length > QUEUED_CHARACTERS_MAX) {
      this.#lostLines++;
      this.#lostInAll++;
      return;
    }
    this.#lines.push(line);
    this.#queuedCharacters += line.length;
    this.#draining ??= this.#drain();
  }

  /** Settles when nothing is queued any more, or after the deadline. */
  async flush(deadlineMs: number = FLUSH_MS_MAX): Promise<void> {
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(deadline.resolve, deadlineMs);
    await Promise.race([this.#draining, deadline.promise]);
    clearTimeout(timer);
  }

  /** The first write starts before the caller goes on, so that a line logged just before a crash has a chance. */
  async #drain(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#lines;
      const lostBefore = this.#lostLines;
      this.#lines = [];
      this.#queuedCharacters = 0;
      const lead = this.#endsMidLine ? "\n" : "";
      const notice = lostBefore > 0 ? this.#lossLine(lostBefore) : "";
      const isWritten = await this.#writeAll(
        this.#encoder.encode(lead + notice + lines.join("")),
      );
      this.#lostLines += isWritten ? -lostBefore : lines.length;
      if (!isWritten) this.#lostInAll += lines.length;
    }
    this.#draining = undefined;
  }

  async #writeAll(bytes: Uint8Array): Promise<boolean> {
    let written = 0;
    while (written < bytes.length) {
      try {
        written += await this.#stream.write(bytes.subarray(written));
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) {
          if (written > 0) this.#endsMidLine = bytes[written - 1] !== 0x0a;
          return false;
        }
        await new Promise((resolve) =>
          setTimeout(resolve, WOULD_BLOCK_PAUSE_MS)
        );
      }
    }
    this.#endsMidLine = false;
    return true;
  }
}
