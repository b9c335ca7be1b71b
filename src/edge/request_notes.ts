/**
 * What is told of a request when it has ended, noted while it passes. Owner: the request in progress; one instance
 * serves request after request, and nothing is made for one that nobody asks for.
 */
import type {
  RequestEnd,
  RequestKind,
  RequestRecord,
  RequestSpan,
} from "../traffic_ports.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { KeptLine } from "./kept_line.ts";
import type { LocalAnswer } from "./local_request.ts";
import { logPanic } from "./panic.ts";
import type { Target } from "./placer.ts";
import type { RefusalAnswer } from "./refusals.ts";
import type { RequestId } from "./request_ids.ts";
import { beginSpan } from "./trace_fields.ts";

/** What passes between a caller and an origin. */
export interface Passage {
  /** Octets that came of the caller after its request. */
  readonly bytesIn: number;
  /** Octets of the body that came of the origin, or of what it said in a tunnel. */
  readonly bytesOut: number;
}

/** Notes on one request. */
export class RequestNotes implements RequestRecord {
  readonly #caller: Caller;
  readonly #parts: EdgeParts;
  readonly #line: KeptLine;
  #id: RequestId = 0;
  /** Whether the answer is the edge's own, in the place of what came of an origin. */
  #isOurs = false;
  // Instants that have not come are no numbers, so that these fields always hold some.
  #decidedAt = NaN;
  #connectedAt = NaN;
  #answeredAt = NaN;
  kind: RequestKind = "refused";
  callerIp = "";
  status = 0;
  code: string | undefined;
  isApiProblem = false;
  end: RequestEnd = "complete";
  tier: string | undefined;
  backendId: string | undefined;
  stickiness: string | undefined;
  attempts = 0;
  startedAt = NaN;
  isReused = false;
  endedAt = NaN;
  bytesIn = 0;
  bytesOut = 0;
  span: RequestSpan | undefined;

  /** No request yet. */
  constructor(caller: Caller, parts: EdgeParts) {
    this.#caller = caller;
    this.#parts = parts;
    this.#line = new KeptLine(parts.lines);
  }

  get requestId(): string {
    return this.#parts.requestIds.text(this.#id);
  }

  get method(): string {
    return this.#line.method;
  }

  get target(): string {
    return this.#line.target;
  }

  get decidedAt(): number | undefined {
    return known(this.#decidedAt);
  }

  get connectedAt(): number | undefined {
    return known(this.#connectedAt);
  }

  get answeredAt(): number | undefined {
    return known(this.#answeredAt);
  }

  /** A request begins, whose head the caller's connection holds. */
  begin(id: RequestId, head: RequestHead, now: number): void {
    const { observer, tracer } = this.#parts;
    const { body, held: { bytes } } = this.#caller;
    this.#clear(id, now);
    body.received = 0;
    if (observer !== undefined) this.#line.keep(bytes, head);
    if (tracer !== undefined) this.span = beginSpan(tracer, bytes, head);
  }

  /** It goes to a backend. */
  placed({ backendId, stickiness }: Target, now: number): void {
    this.kind = "proxied";
    this.backendId = backendId;
    this.stickiness = stickiness === "none" ? undefined : stickiness;
    this.attempts++;
    this.#decidedAt = now;
  }

  /** A connection is looked for: one before it, which was lost or of another backend, does not count. */
  connecting(): void {
    this.#connectedAt = this.#answeredAt = NaN;
    this.isReused = false;
  }

  /** A connection stands, which may have waited for it. */
  connected(isReused: boolean, now: number): void {
    this.#connectedAt = now;
    this.isReused = isReused;
  }

  /** The head of the response is here. */
  answered(status: number, now: number): void {
    this.status = status;
    this.#answeredAt = now;
  }

  /** It is answered in its origin's place: with a refusal of that code, if one is given. */
  answeredHere(
    status: number,
    code: string | undefined,
    bodyBytes: number,
  ): void {
    this.#isOurs = true;
    this.status = status;
    this.code = code;
    this.bytesOut = bodyBytes;
  }

  /** The API has answered it without a connection. */
  answeredByApi(
    { status, code, decision }: LocalAnswer,
    bodyBytes: number,
  ): void {
    this.answeredHere(status, code, bodyBytes);
    this.isApiProblem = code !== undefined;
    this.tier = decision?.tier;
    this.backendId = decision?.backendId;
    this.stickiness = decision?.stickiness;
  }

  /** So much of it and of its answer has passed. */
  passed({ bytesIn, bytesOut }: Passage): void {
    this.bytesIn += this.#caller.body.received + bytesIn;
    if (!this.#isOurs) this.bytesOut = bytesOut;
  }

  /** It is over, and whoever wants to hear of it is told. */
  close(end: RequestEnd, now: number): void {
    this.callerIp = this.#caller.guest.standing.ip;
    this.#tell(end, now);
  }

  /** What came was no request, and this is what it was answered. */
  headRefused(
    id: RequestId,
    { status, code, bodyBytes }: RefusalAnswer,
    now: number,
  ): void {
    this.#clear(id, now);
    this.answeredHere(status, code, bodyBytes);
    this.callerIp = this.#caller.standing.ip;
    this.#tell("complete", now);
  }

  /** Begins anew. */
  #clear(id: RequestId, now: number): void {
    this.#id = id;
    this.#isOurs = false;
    this.#decidedAt = this.#connectedAt = this.#answeredAt = NaN;
    this.kind = "refused";
    this.status = 0;
    this.code = undefined;
    this.isApiProblem = false;
    this.tier = undefined;
    this.backendId = undefined;
    this.stickiness = undefined;
    this.attempts = 0;
    this.startedAt = now;
    this.isReused = false;
    this.bytesIn = 0;
    this.bytesOut = 0;
  }

  #tell(end: RequestEnd, now: number): void {
    this.end = end;
    this.endedAt = now;
    try {
      this.#parts.observer?.ended(this);
    } catch (error) {
      logPanic(this.#parts, this.#id, error);
    }
    this.#line.forget();
    this.span = undefined;
  }
}

function known(at: number): number | undefined {
  return Number.isNaN(at) ? undefined : at;
}
