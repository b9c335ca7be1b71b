/**
 * The edge under the fuzzer: whole conversations in memory. Every input asks: does a machine ever throw or break the
 * contract of its sockets, is everything given back, do origins see the requests that the codec reads and no others,
 * and does the same come of it however the octets arrive, and nothing worse when somebody goes away?
 */
import type { FarEnd } from "../edge/far_end.ts";
import type { Order } from "../edge/fake_driver.ts";
import { octetsOf } from "../../src/http1/octets.ts";
import type { Chance } from "./chance.ts";
import { CONVERSATIONS } from "./conversations.ts";
import {
  type Conversation,
  conversationOf,
  play,
  type Transcript,
} from "./conversation.ts";
import { type OracleResponse, oracleResponse } from "./oracle.ts";
import { chunkedBody, chunksSoFar } from "./oracle_body.ts";
import { codecStream } from "./streams.ts";
import type { Target } from "./target.ts";

/** Up to here the octets come one by one too. */
const ONE_BY_ONE_BYTES_MAX = 512;
const PIECE_BYTES_MAX = 40;

/** Whole conversations. */
export const EXCHANGE_TARGET: Target = {
  name: "conversations",
  layer: "exchange",
  examples: CONVERSATIONS,
  check(input, chance) {
    const conversation = conversationOf(input, chance.below(4) === 0);
    const whole = play(conversation, {});
    const problem = whole.problem ?? requestProblem(conversation, whole);
    if (problem !== undefined) return problem;
    const orders = [inPieces(chance)];
    if (input.length <= ONE_BY_ONE_BYTES_MAX) orders.push(ONE_BY_ONE);
    for (const order of orders) {
      const split = play(conversation, order);
      const difference = split.problem ??
        differenceOf(conversation, whole, split);
      if (difference !== undefined) return difference;
    }
    return disturbed(conversation, chance);
  },
};

/** What differs between a conversation as a whole and in pieces, where it must not. */
export function differenceOf(
  { request, response }: Conversation,
  whole: Transcript,
  split: Transcript,
): string | undefined {
  // An origin that isn't understood is noticed before or after the caller saw the beginning of its response.
  if (whole.isMalformed || split.isMalformed) return undefined;
  // What an origin says unasked is taken for the answer to the next request, if that is there already.
  const isAhead = whole.requests.length > 1 || split.requests.length > 1;
  const methods = [...whole.requests, ...split.requests];
  if (isAhead && methods.some(({ method }) => !isOne(response, method))) {
    return undefined;
  }
  const [got, gotSplit] = [whole, split].map(({ caller }) => {
    const text = unchunked(caller, response);
    return request.endsWith("\n") ? text : withoutLastRefusal(text);
  });
  if (got !== gotSplit) {
    return `The caller gets ${quoted(got)} or ${quoted(gotSplit)}`;
  }
  if (whole.callerFate !== split.callerFate) {
    return `The caller is ${whole.callerFate} or ${split.callerFate}`;
  }
  const [one, other] = [whole.origins.join(""), split.origins.join("")];
  // How much of a request that is refused half-way has gone on already depends on how it came.
  const isRefused = /^HTTP\/1.1 4(00|08|13) /m.test(whole.caller);
  const isSame = isRefused
    ? one.startsWith(other) || other.startsWith(one)
    : one === other;
  return isSame
    ? undefined
    : `The origin gets ${quoted(one)} or ${quoted(other)}`;
}

/** What the caller gets, without the chunks made of a body that ends with its connection: they follow the pieces. */
function unchunked(caller: string, response: string): string {
  const answer = finalHead(response);
  if (answer === undefined || answer.isChunked || answer.contentLength >= 0) {
    return caller;
  }
  let text = "";
  for (let rest = caller; rest !== "";) {
    const head = oracleResponse(rest);
    if (head === undefined) return text + rest;
    text += rest.slice(0, head.end);
    rest = rest.slice(head.end);
    if (!head.isChunked) continue;
    const body = chunkedBody(rest);
    text += body?.data ?? chunksSoFar(rest);
    rest = body === undefined ? "" : `${rest.slice(body.end)}`;
  }
  return text;
}

/**
 * A line is looked at when it comes whole, or when it is the first thing that comes: what is wrong with one that never
 * ends is noticed at once or not before the deadline.
 */
function withoutLastRefusal(caller: string): string {
  const at = caller.lastIndexOf("HTTP/1.1 4");
  const isRefusal = at !== -1 && caller.includes('"code":"', at);
  return isRefusal ? caller.slice(0, at) : caller;
}

function finalHead(response: string): OracleResponse | undefined {
  const head = oracleResponse(response);
  return head === undefined || head.status >= 200 || head.status === 101
    ? head
    : finalHead(response.slice(head.end));
}

/** Whether the text is one response to such a request and nothing else. */
function isOne(text: string, method: string): boolean {
  const head = oracleResponse(text);
  if (head === undefined || head.status === 101) return false;
  const rest = text.slice(head.end);
  if (head.status < 200) return isOne(rest, method);
  const isEmpty = method.toUpperCase() === "HEAD" || head.status === 204 ||
    head.status === 304;
  if (isEmpty) return rest === "";
  if (head.isChunked) return chunkedBody(rest)?.end === rest.length;
  return head.contentLength === rest.length || head.contentLength < 0;
}

/** Origins see requests of the caller, in order, each with its body; one that is seen twice is the same one. */
export function requestProblem(
  { request }: Conversation,
  { requests }: Transcript,
): string | undefined {
  const sent = codecStream(octetsOf(request));
  let at = 0;
  let last = "";
  for (const { id, method, body } of requests) {
    if (id !== "" && id === last) continue;
    last = id;
    while (at < sent.length) {
      const one = sent[at++];
      if (one?.method === method && one.body === body) {
        at = -at;
        break;
      }
    }
    if (at >= 0) return `An origin sees ${method} with ${quoted(body)}`;
    at = -at;
  }
  return undefined;
}

/** Somebody goes away in the middle. */
function disturbed(
  conversation: Conversation,
  chance: Chance,
): string | undefined {
  let left = chance.below(40);
  const isCaller = chance.below(2) === 0;
  const isReset = chance.below(2) === 0;
  const order = {
    ...inPieces(chance),
    socket: (count: number) => chance.below(count),
  };
  const leave = (far: FarEnd) => isReset ? far.reset() : far.end();
  return play(conversation, order, (caller, origins) => {
    if (left-- > 0) return;
    if (isCaller) leave(caller);
    else origins.forEach(leave);
  }).problem;
}

const ONE_BY_ONE: Partial<Order> = { bytes: () => 1 };

function inPieces(chance: Chance): Partial<Order> {
  const most = 1 + chance.below(PIECE_BYTES_MAX);
  return {
    bytes: (available) => 1 + chance.below(Math.min(available, most)),
  };
}

function quoted(text: string | undefined): string | undefined {
  return JSON.stringify(text);
}
