/**
 * A handler that keeps what it is told, and a look at its socket that notices when the contract is broken: an event
 * inside a call, or after the end.
 */
import assert from "node:assert/strict";
import type {
  GoneReason,
  Socket,
  SocketHandler,
} from "../../../src/edge/driver.ts";

/** Long enough for a loaded machine; only a test that fails waits for it. */
const PATIENCE_MS = 10_000;

/** What an event may do besides being kept. */
export type Reactions = Partial<SocketHandler>;

/** Keeps events as `kind` or `gone:reason`, and the bytes apart. */
export class Recorder implements SocketHandler {
  /** Everything but bytes, oldest first. */
  readonly events: string[] = [];
  /** What broke the contract. */
  readonly violations: string[] = [];
  readonly #chunks: Uint8Array[] = [];
  readonly #reactions: Reactions;
  #byteCount = 0;
  #calls = 0;
  #isOver = false;
  #latest = -Infinity;
  #waiting: (() => void)[] = [];

  /** Reacts as told. */
  constructor(reactions: Reactions = {}) {
    this.#reactions = reactions;
  }

  /** How many bytes came. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** All bytes that came. */
  get bytes(): Uint8Array {
    const all = new Uint8Array(this.#byteCount);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  /** All bytes that came, as text. */
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  onConnected(now: number): void {
    this.#note("connected", now, () => this.#reactions.onConnected?.(now));
  }

  onBytes(bytes: Uint8Array, start: number, end: number, now: number): void {
    if (end <= start) this.violations.push("an empty onBytes");
    this.#chunks.push(bytes.slice(start, end));
    this.#byteCount += end - start;
    this.#note(
      undefined,
      now,
      () => this.#reactions.onBytes?.(bytes, start, end, now),
    );
  }

  onWritable(now: number): void {
    this.#note("writable", now, () => this.#reactions.onWritable?.(now));
  }

  onEnd(now: number): void {
    this.#note("end", now, () => this.#reactions.onEnd?.(now));
  }

  onHangUp(now: number): void {
    this.#note("hangup", now, () => this.#reactions.onHangUp?.(now));
  }

  onGone(reason: GoneReason, now: number): void {
    const react = () => this.#reactions.onGone?.(reason, now);
    this.#note(`gone:${reason}`, now, react);
    this.#isOver = true;
  }

  onPanic(error: unknown, now: number): void {
    const react = this.#reactions.onPanic;
    if (react === undefined) throw error;
    this.events.push("panic");
    react(error, now);
  }

  /** The same socket, watched: events inside of its calls and after its end are violations. */
  watch(socket: Socket): Socket {
    const during = <Value>(call: () => Value): Value => {
      this.#calls++;
      try {
        return call();
      } finally {
        this.#calls--;
      }
    };
    return {
      write: (bytes, start, end) =>
        during(() => socket.write(bytes, start, end)),
      pause: (watch) => during(() => socket.pause(watch)),
      resume: () => during(() => socket.resume()),
      finish: () => during(() => socket.finish()),
      close: () => {
        during(() => socket.close());
        this.#isOver = true;
      },
      abort: () => {
        during(() => socket.abort());
        this.#isOver = true;
      },
    };
  }

  /** Settles when the condition holds after some event; fails when that takes too long. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const seen = `${this.#byteCount} bytes, [${this.events}]`;
      deadline.reject(new Error(`Waited for ${what} in vain; seen: ${seen}`));
    }, PATIENCE_MS);
    try {
      while (!condition()) {
        const next = Promise.withResolvers<void>();
        this.#waiting.push(next.resolve);
        await Promise.race([next.promise, deadline.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Settles when the event came. */
  async untilEvent(event: string): Promise<void> {
    await this.until(event, () => this.events.includes(event));
  }

  /** Settles when exactly so many bytes came. */
  async untilBytes(count: number): Promise<void> {
    await this.until(`${count} bytes`, () => this.#byteCount >= count);
    assert.equal(this.#byteCount, count);
  }

  #note(event: string | undefined, now: number, react: () => void): void {
    const name = event ?? "bytes";
    if (this.#calls > 0) this.violations.push(`${name} inside of a call`);
    if (this.#isOver) this.violations.push(`${name} after the end`);
    if (!(now >= this.#latest)) this.violations.push(`${name} at ${now}`);
    this.#latest = now;
    if (event !== undefined) this.events.push(event);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
    react();
  }
}
