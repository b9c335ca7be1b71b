/** One page that reads the live feed. Bounded: it is told nothing while anything it was told before waits to be taken. */

/** How long a reader may take nothing before it is taken for gone; one that lives comes back by itself. */
export const BEHIND_MS_MAX = 30_000;

const LINE_FEED = 10;
const NOTHING = new Uint8Array();

/** What a reader is made of. */
export interface FeedReaderParts {
  /** Whether its key still opens the feed. */
  readonly mayRead: () => boolean;
  /** Told once when it has left or was sent away. */
  readonly onGone: () => void;
}

/** A reader. */
export class FeedReader {
  readonly #parts: FeedReaderParts;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #behindSince: number | undefined;
  #isInEvent = false;
  /** Whether it knows no rows, or not all that have changed. */
  needsWhole = true;
  /** How many decisions had been made when it was last told of some; undefined before the first time. */
  decisionsSeen: number | undefined;
  /** What is sent. */
  readonly stream: ReadableStream<Uint8Array>;

  /** It was told nothing yet. */
  constructor(parts: FeedReaderParts) {
    this.#parts = parts;
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.#gone(),
    }, { highWaterMark: 1, size: (bytes) => bytes.byteLength });
  }

  /** Whether it was told nothing but its greeting. */
  get isNew(): boolean {
    return this.decisionsSeen === undefined;
  }

  /** Whether its key still opens the feed. */
  get mayRead(): boolean {
    return this.#parts.mayRead();
  }

  /** Whether it is new or has taken what it was told; otherwise it misses a beat. */
  isReady(now: number): boolean {
    const left = this.#controller?.desiredSize ?? 0;
    if (left > 0 || this.isNew) {
      this.#behindSince = undefined;
      return this.#controller !== undefined;
    }
    this.needsWhole = true;
    this.#behindSince ??= now;
    if (now - this.#behindSince >= BEHIND_MS_MAX) this.end(NOTHING);
    return false;
  }

  /** Tells it something; nothing may be written into the octets afterwards. */
  put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#controller?.enqueue(bytes);
    this.#isInEvent = bytes.at(-1) !== LINE_FEED;
  }

  /** Tells it the last thing, unless an event is half said: browsers forget that one. It leaves when all is taken. */
  end(bytes: Uint8Array): void {
    if (!this.#isInEvent) this.put(bytes);
    this.#controller?.close();
    this.#gone();
  }

  #gone(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#parts.onGone();
  }
}
