/** A caller that sends its requests ahead, in pieces, and reads what comes with the oracle. */
import type { Chance } from "../fuzz/chance.ts";
import { oracleResponse } from "../fuzz/oracle.ts";
import { chunkedBody, chunksSoFar } from "../fuzz/oracle_body.ts";
import type { FarEnd } from "./far_end.ts";
import {
  answerTo,
  pattern,
  randomRequest,
  type SentRequest,
} from "./random_messages.ts";

const REQUESTS_MAX = 5;
const TUNNEL_BYTES = 3_000;

/** One caller. */
export class RandomCaller {
  readonly far: FarEnd;
  readonly requests: readonly SentRequest[];
  /** Whether it went away before everything was answered. */
  isDropped = false;
  readonly #chance: Chance;
  readonly #text: string;
  #at = 0;

  /** Wants an answer to a few requests with ids from `firstId` on. */
  constructor(far: FarEnd, firstId: number, chance: Chance) {
    this.far = far;
    this.#chance = chance;
    const count = 1 + chance.below(REQUESTS_MAX);
    this.requests = Array.from(
      { length: count },
      (_, i) => randomRequest(firstId + i, i === count - 1, chance),
    );
    const last = this.requests[count - 1];
    this.#text = this.requests.map(({ text }) => text).join("") +
      (last?.wantsUpgrade ? this.#tunnelText(last.id) : "");
    if (chance.below(3) === 0) far.room = chance.below(500);
  }

  /** What it says in a tunnel. */
  #tunnelText(id: number): string {
    return pattern(`t${id}`, TUNNEL_BYTES);
  }

  /** Whether it has something to do. */
  get isBusy(): boolean {
    return !this.isDropped && this.far.fate === "open";
  }

  /** Sends some, takes some, or goes away. */
  act(): void {
    const { far } = this;
    if (this.#chance.below(60) === 0) return this.drop();
    if (far.room < 100_000 && this.#chance.below(2) === 0) {
      far.room += this.#chance.below(3_000);
      return;
    }
    const left = this.#text.length - this.#at;
    const count = this.#chance.below(3) === 0
      ? left
      : this.#chance.below(left + 1);
    far.send(this.#text.slice(this.#at, this.#at + count));
    this.#at += count;
  }

  /** Goes away. */
  drop(): void {
    this.isDropped = true;
    if (this.#chance.below(2) === 0) this.far.end();
    else this.far.reset();
  }

  /** What is wrong with what came, if anything is. */
  complaint(): string | undefined {
    let rest = this.far.received;
    for (const request of this.requests) {
      rest = withoutInterims(rest);
      if (rest === "") return undefined;
      const taken = this.#take(rest, request);
      if (typeof taken === "string") return `#${request.id}: ${taken}`;
      rest = rest.slice(taken);
    }
    // What was meant for a tunnel that did not come about is no request.
    const isRefusal = this.requests.at(-1)?.wantsUpgrade &&
      rest.startsWith("HTTP/1.1 400 ");
    return rest === "" || isRefusal
      ? undefined
      : `surplus ${JSON.stringify(rest)}`;
  }

  /** How many octets belong to the response, all when it goes on; or what is wrong with it. */
  #take(text: string, request: SentRequest): number | string {
    const head = oracleResponse(text);
    if (head === undefined) {
      return text.includes("\r\n\r\n") ? "an unreadable head" : text.length;
    }
    const rest = text.slice(head.end);
    const isOurs = head.contentType === "application/problem+json";
    const id = /\r\nX-Id: (\d+)\r\n/.exec(text.slice(0, head.end))?.[1];
    if (!isOurs && id !== String(request.id)) return `the answer to ${id}`;
    if (head.status === 101) {
      return answerTo(request.id).startsWith(rest)
        ? text.length
        : "other bytes in the tunnel";
    }
    const isEmpty = request.method === "HEAD" || head.status === 204 ||
      head.status === 304;
    // Who is refused in the middle of a head has not said yet that it wants no body.
    const isEarly = head.status === 408 && rest.startsWith("{");
    if (isEmpty && !isEarly) return head.end;
    const expected = isOurs ? undefined : answerTo(request.id);
    return this.#takeBody(head, rest, expected, request);
  }

  #takeBody(
    head: { end: number; isChunked: boolean; contentLength: number },
    rest: string,
    expected: string | undefined,
    request: SentRequest,
  ): number | string {
    if (head.isChunked) {
      const whole = chunkedBody(rest);
      const data = whole?.data ?? chunksSoFar(rest);
      const isRight = whole === undefined
        ? expected?.startsWith(data)
        : expected === data;
      return isRight ? head.end + (whole?.end ?? rest.length) : "other chunks";
    }
    if (head.contentLength >= 0) {
      const data = rest.slice(0, head.contentLength);
      const isRight = expected === undefined ||
        (expected.length === head.contentLength && expected.startsWith(data));
      return isRight ? head.end + data.length : "another body";
    }
    if (request.minor !== 0) return "a body without an end";
    if (expected === rest || !this.#hasWholeEnd()) {
      return expected?.startsWith(rest)
        ? head.end + rest.length
        : "another body until the end";
    }
    return "a body cut short looks whole";
  }

  /** Whether the connection ended as it does after a whole message. */
  #hasWholeEnd(): boolean {
    const { fate } = this.far;
    return !this.isDropped && (fate === "closed" || fate === "finished");
  }
}

function withoutInterims(text: string): string {
  const head = oracleResponse(text);
  return head !== undefined && head.status < 200 && head.status !== 101
    ? withoutInterims(text.slice(head.end))
    : text;
}
