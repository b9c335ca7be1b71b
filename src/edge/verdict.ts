/**
 * What the engine learns of a backend from one request: how long it took to answer, and whether it failed. Told once,
 * when the request leaves the backend: a response that breaks off is a failure, however soon its head came. Silence
 * after the head is none, since event streams are silent by nature, and a tunnel's end says nothing: both are judged by
 * their heads. Owner: an approach; one instance serves request after request.
 */
import type { Outcome } from "../engine/ejection.ts";

const NOT_IMPLEMENTED = 501;
const VERSION_NOT_SUPPORTED = 505;

/**
 * Whether an answer counts against its backend: every 5xx but two. Those two speak of the request (a method, a version)
 * and every backend would say them, so they must not bring a caller to have one backend after the other left out. A
 * single 500 may be the fault of one request too, but what leaves a backend out is several in a row or most of many.
 * What is below 500 is an answer, whatever it says.
 */
export function isFailure(status: number): boolean {
  return status >= 500 && status !== NOT_IMPLEMENTED &&
    status !== VERSION_NOT_SUPPORTED;
}

/** The verdict on one backend, for as long as the request is there. */
export class Verdict {
  #kind: Outcome["kind"] = "abandoned";
  #askedAt = 0;
  #answerMs = 0;

  /**
   * The backend's time runs from now: an attempt to connect begins, a connection that waited is taken, or the caller has
   * sent more of its request, whose slowness is not the backend's.
   */
  asked(now: number): void {
    this.#kind = "abandoned";
    this.#askedAt = now;
  }

  /** The head of the response came, other than an interim one. What follows it takes as long as it is. */
  answered(status: number, now: number): void {
    this.#kind = isFailure(status) ? "failed" : "answered";
    this.#answerMs = now - this.#askedAt;
  }

  /** It can't be reached, broke the connection, or can't be understood. */
  failed(now: number): void {
    if (this.#kind === "abandoned") this.#answerMs = now - this.#askedAt;
    this.#kind = "failed";
  }

  /** It has taken longer than anybody waits. */
  timedOut(now: number): void {
    this.#kind = "timed_out";
    this.#answerMs = now - this.#askedAt;
  }

  /** How it ended: abandoned unless something else was said. */
  outcome(): Outcome {
    switch (this.#kind) {
      case "answered":
      case "failed":
        return { kind: this.#kind, answerMs: this.#answerMs };
      case "timed_out":
        return { kind: "timed_out", timeoutMs: this.#answerMs };
      case "abandoned":
        return ABANDONED;
    }
  }
}

/** The caller left, or the request was refused before the backend had its say. */
export const ABANDONED: Outcome = { kind: "abandoned" };
