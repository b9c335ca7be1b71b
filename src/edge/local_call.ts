/**
 * `POST /route` answered in this isolate: the API is called with what the caller's connection holds, instead of being
 * sent the request over its socket, which costs more than deciding does. One implementation answers both ways; whatever
 * is not plain (a query, chunks, a body that has yet to come, another version) goes over the socket.
 *
 * Owner: an approach; one call at a time, bounded by the deadline of its answer.
 */
import { octetsOf } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { dropClaims } from "./forward_request.ts";
import { HeldFields, HeldRequest, type LocalAnswer } from "./local_request.ts";
import { logPanic, shielded } from "./panic.ts";
import type { RefusalCode } from "./refusals.ts";
import type { RequestInProgress } from "./request_in_progress.ts";

/** Who wants the answer. */
export interface LocalCallUser extends RequestInProgress {
  /** The answer is with the caller's output, which has yet to be flushed. */
  onAnswered(keepAlive: boolean, now: number): void;
  /** There is none. */
  onRefused(code: RefusalCode, now: number, extras: undefined): void;
}

/** A call of the API. */
export class LocalCall {
  readonly #caller: Caller;
  readonly #user: LocalCallUser;
  readonly #parts: EdgeParts;
  #request: HeldRequest | undefined;
  /** Whether the driver was told that an answer is waited for. */
  #isAwaited = false;

  /** No call yet. */
  constructor(caller: Caller, user: LocalCallUser, parts: EdgeParts) {
    this.#caller = caller;
    this.#user = user;
    this.#parts = parts;
  }

  /** Whether a request, whose head the caller's connection holds, is answered here. */
  takes(head: RequestHead): boolean {
    if (this.#parts.local === undefined) return false;
    const { held } = this.#caller;
    const { contentLength } = head;
    return contentLength >= 0 && head.end + contentLength <= held.length &&
      !head.expectsContinue && head.upgrade === -1 && head.minor === 1 &&
      head.authorityEnd === 0 &&
      isExactly(held.bytes, head.methodStart, head.methodEnd, POST) &&
      isExactly(held.bytes, head.pathStart, head.targetEnd, ROUTE);
  }

  /** Calls the API; the user is told, perhaps before this returns. */
  begin(head: RequestHead, now: number): void {
    const { local, requestIds } = this.#parts;
    if (local === undefined) return;
    const { facts, id } = this.#user;
    const caller = this.#caller;
    const { held } = caller;
    const callerIp = caller.guest.standing.ip;
    dropClaims(head, caller.isTrusted);
    const bodyEnd = facts.headEnd + facts.contentLength;
    const request = this.#request = new HeldRequest(
      new HeldFields(held.bytes, head),
      held.bytes.subarray(facts.headEnd, bodyEnd),
      callerIp,
      requestIds.text(id),
    );
    let answer: LocalAnswer | Promise<LocalAnswer>;
    try {
      answer = local(request);
    } catch (error) {
      return this.#fail(request, error, now);
    } finally {
      request.fields.close();
    }
    if (!(answer instanceof Promise)) return this.#answer(answer, now);
    this.#await(now);
    const { clock } = this.#parts;
    answer.then(
      (answer) => {
        if (request !== this.#request) return;
        const answered = (then: number) => this.#answer(answer, then);
        shielded(caller, clock.monotonicMs(), answered);
      },
      (error) => this.#fail(request, error, clock.monotonicMs()),
    );
  }

  /** The request is over: a caller that was not answered has left. */
  end(): void {
    const request = this.#request;
    this.#request = undefined;
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    this.#parts.dialler.waitingForTurn(-1);
    request?.leave();
  }

  #fail(request: HeldRequest, error: unknown, now: number): void {
    logPanic(this.#parts, request.requestId, error);
    if (request !== this.#request) return;
    this.#user.onRefused("internal_error", now, undefined);
  }

  #await(now: number): void {
    const { facts } = this.#user;
    const { dialler } = this.#parts;
    const caller = this.#caller;
    caller.deadline = now + caller.rules.patience.responseMs;
    this.#isAwaited = true;
    dialler.waitingForTurn(1);
    // What was sent ahead is not looked at before the answer, but that the caller leaves is seen.
    const hasMore = caller.held.length > facts.headEnd + facts.contentLength;
    if (hasMore) caller.pause(true);
  }

  #answer(answer: LocalAnswer, now: number): void {
    const { load, answers } = this.#parts;
    const { facts, id, notes } = this.#user;
    const caller = this.#caller;
    const keepAlive = facts.keepAlive && !load.isDraining;
    const bodyBytes = answers.write(
      answer,
      id,
      facts,
      caller,
      keepAlive,
      this.#parts,
    );
    notes.answered(answer.status, now);
    notes.answeredByApi(answer, bodyBytes);
    notes.bytesIn = facts.contentLength;
    this.#request = undefined;
    // The head goes with the end of the exchange.
    caller.held.drop(facts.contentLength);
    this.#user.onAnswered(keepAlive, now);
  }
}

function isExactly(
  bytes: Uint8Array,
  start: number,
  end: number,
  octets: Uint8Array,
): boolean {
  if (end - start !== octets.length) return false;
  for (let at = 0; at < octets.length; at++) {
    if (bytes[start + at] !== octets[at]) return false;
  }
  return true;
}

const POST = octetsOf("POST");
const ROUTE = octetsOf("/route");
