/** The body of one request, read into memory. Bounded in bytes while it arrives, and in time when it is large. */
import type { CallBody } from "./endpoint.ts";
import { type Problem, problem } from "./problems.ts";

/** Bounds of one body. */
export interface BodyLimits {
  /** Bytes at most. */
  readonly bodyBytesMax: number;
  /**
   * Milliseconds (below 2^31) at most for bodies that are chunked or longer than {@link SMALL_BODY_BYTES_MAX}; 0 for no
   * limit.
   */
  readonly bodyTimeoutMs: number;
}

/**
 * Up to this declared length a body is read in one call, which costs half of what reading pieces does, and without a
 * timer: it holds no more than a request head does.
 */
export const SMALL_BODY_BYTES_MAX = 65_536;

/** The bytes of a body: at once when they are here already. */
export function bytesOf(
  body: CallBody,
  limits: BodyLimits,
): Uint8Array | Problem | Promise<Uint8Array | Problem> {
  return body instanceof Uint8Array
    ? bounded(body, limits)
    : readBody(body, limits);
}

/**
 * The bytes of the body. A declared length is a reason to refuse at once, never to believe: whatever was declared,
 * what arrives is counted. (A small body is counted after it has arrived; HTTP ends it where its Content-Length does,
 * RFC 9112 section 6.3, and a message with both that and Transfer-Encoding never gets here.)
 */
export async function readBody(
  request: Request,
  limits: BodyLimits,
): Promise<Uint8Array | Problem> {
  const { bodyBytesMax } = limits;
  const declared = Number(request.headers.get("content-length") ?? NaN);
  if (declared > bodyBytesMax) return tooLarge(bodyBytesMax);
  try {
    if (!(declared <= SMALL_BODY_BYTES_MAX)) {
      return await readPieces(request.body, limits);
    }
    return bounded(await request.bytes(), limits);
  } catch {
    return problem("body_aborted", "Request body ended early", CLOSE);
  }
}

function bounded(
  bytes: Uint8Array,
  { bodyBytesMax }: BodyLimits,
): Uint8Array | Problem {
  return bytes.byteLength > bodyBytesMax ? tooLarge(bodyBytesMax) : bytes;
}

async function readPieces(
  body: ReadableStream<Uint8Array> | null,
  { bodyBytesMax, bodyTimeoutMs }: BodyLimits,
): Promise<Uint8Array | Problem> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const deadline = { passed: false };
  const stop = () => reader.cancel().catch(() => {});
  const timer = bodyTimeoutMs === 0 ? undefined : setTimeout(() => {
    deadline.passed = true;
    stop();
  }, bodyTimeoutMs);
  try {
    const gathered = new GrowingBytes(bodyBytesMax);
    for (;;) {
      const { done, value } = await reader.read();
      if (deadline.passed) return tooSlow(bodyTimeoutMs);
      if (done) return gathered.bytes();
      if (!gathered.add(value)) {
        await stop();
        return tooLarge(bodyBytesMax);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Bytes that arrive in pieces of any size, copied into one buffer: a caller that sends single bytes must not make us
 * keep an object for each. Never longer than its bound.
 */
class GrowingBytes {
  readonly #lengthMax: number;
  #buffer = new Uint8Array(SMALL_BODY_BYTES_MAX);
  #length = 0;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** Takes a piece; false when it does not fit within the bound. */
  add(piece: Uint8Array): boolean {
    const length = this.#length + piece.byteLength;
    if (length > this.#lengthMax) return false;
    if (length > this.#buffer.byteLength) {
      const larger = new Uint8Array(
        Math.min(
          Math.max(length, 2 * this.#buffer.byteLength),
          this.#lengthMax,
        ),
      );
      larger.set(this.bytes());
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
    return true;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}

/** The rest of such a body is not waited for, so the connection can't serve another request. */
const CLOSE = { headers: { connection: "close" } } as const;

function tooLarge(bytesMax: number): Problem {
  const detail = `Request body too large: more than ${bytesMax} bytes`;
  return problem("body_too_large", detail, CLOSE);
}

function tooSlow(timeoutMs: number): Problem {
  const detail = `Request body took longer than ${timeoutMs / 1000} s`;
  return problem("body_timeout", detail, CLOSE);
}
