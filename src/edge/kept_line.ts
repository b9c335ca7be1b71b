/**
 * Method and path of a request, kept after the octets of its head have gone. Owner: the notes of a request; the buffer
 * is lent from a pool while there is one, and bounded by {@link LINE_BYTES}.
 */
import { QUESTION } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import { METHOD_BYTES_MAX } from "../http1/request_line.ts";
import type { BufferPool } from "./held_bytes.ts";

/** Most that is kept of a path: enough to tell requests apart, and little beside a line of the log. */
const PATH_BYTES_MAX = 480;
/** What a buffer for both holds. */
export const LINE_BYTES: number = METHOD_BYTES_MAX + PATH_BYTES_MAX;

/** What follows the path. */
type Rest = "" | "?…" | "…";

/** A line; one instance serves request after request. */
export class KeptLine {
  readonly #pool: BufferPool;
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  #methodEnd = 0;
  #end = 0;
  #rest: Rest = "";
  #method: string | undefined;
  #target: string | undefined;

  /** Nothing is kept; buffers come from this pool of {@link LINE_BYTES}. */
  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** The method as it was sent; empty when nothing is kept. */
  get method(): string {
    return this.#method ??= this.#text(0, this.#methodEnd);
  }

  /**
   * The path as it was sent, visible ASCII, with `…` in the place of what is too long. Of a query only that there was
   * one: people and programs put keys, tokens and names into it.
   */
  get target(): string {
    return this.#target ??= this.#text(this.#methodEnd, this.#end) + this.#rest;
  }

  /** Keeps the line of a head that lies in these octets. */
  keep(
    bytes: Uint8Array,
    { methodStart, methodEnd, pathStart, targetEnd }: RequestHead,
  ): void {
    const buffer = this.#buffer ??= this.#pool.take();
    let at = 0;
    let from = methodStart;
    while (from < methodEnd) buffer[at++] = bytes[from++]!;
    this.#methodEnd = at;
    const pathLast = Math.min(targetEnd, pathStart + PATH_BYTES_MAX);
    from = pathStart;
    while (from < pathLast && bytes[from] !== QUESTION) {
      buffer[at++] = bytes[from++]!;
    }
    this.#end = at;
    if (from >= targetEnd) this.#rest = "";
    else this.#rest = bytes[from] === QUESTION ? "?…" : "…";
    this.#method = undefined;
    this.#target = undefined;
  }

  /** Keeps nothing. */
  forget(): void {
    if (this.#buffer !== undefined) this.#pool.give(this.#buffer);
    this.#buffer = undefined;
    this.#methodEnd = 0;
    this.#end = 0;
    this.#rest = "";
    this.#method = undefined;
    this.#target = undefined;
  }

  #text(start: number, end: number): string {
    if (this.#buffer === undefined) return "";
    // Letter by letter it would be as many objects; a spread would walk through an iterator.
    const octets = this.#buffer.subarray(start, end);
    return Reflect.apply(String.fromCharCode, undefined, octets);
  }
}
