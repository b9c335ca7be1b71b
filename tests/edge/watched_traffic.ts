/** Hears of all that an edge tells, and remembers it. */
import assert from "node:assert/strict";
import type { Decision } from "../../src/engine/decision.ts";
import type {
  DecisionMeter,
  RequestObserver,
  RequestRecord,
  RequestSpan,
  RequestTracer,
} from "../../src/traffic_ports.ts";

/** A request as it was told, which outlives the record. */
export type ToldRequest = {
  readonly [Key in keyof RequestRecord]: RequestRecord[Key];
};

/** A decision as it was told. */
export interface ToldDecision {
  readonly kind: Decision["kind"];
  readonly tier: string;
  readonly source: string;
  readonly tookMs: number;
  readonly waitedMs: number | undefined;
}

/** Observer, tracer and meter in one. */
export class WatchedTraffic
  implements RequestObserver, RequestTracer, DecisionMeter {
  /** Requests that have ended, first ended first. */
  readonly requests: ToldRequest[] = [];
  readonly decisions: ToldDecision[] = [];
  /** What the callers of begun requests said of their traces. */
  readonly parents: (string | undefined)[] = [];
  /** Makes the spans; nothing is traced unless told. */
  spanOf: (traceparent: string | undefined) => RequestSpan | undefined = () =>
    undefined;
  /** Called for each request that has ended. */
  onEnded: (record: RequestRecord) => void = () => {};
  #begunAndEnded = 0;

  /** The latest request that has ended. */
  get last(): ToldRequest {
    const last = this.requests.at(-1);
    assert.ok(last !== undefined, "No request has ended");
    return last;
  }

  /** Requests that have begun and were not told of yet. */
  get open(): number {
    return this.parents.length - this.#begunAndEnded;
  }

  begin(traceparent: string | undefined): RequestSpan | undefined {
    this.parents.push(traceparent);
    return this.spanOf(traceparent);
  }

  ended(record: RequestRecord): void {
    // A head that is no request never began to be one.
    if (record.method !== "") this.#begunAndEnded++;
    this.requests.push(copyOf(record));
    this.onEnded(record);
  }

  decided(
    { kind }: Decision,
    tier: string,
    source: string,
    tookMs: number,
    waitedMs: number | undefined,
  ): void {
    this.decisions.push({ kind, tier, source, tookMs, waitedMs });
  }
}

function copyOf(record: RequestRecord): ToldRequest {
  return {
    requestId: record.requestId,
    kind: record.kind,
    callerIp: record.callerIp,
    method: record.method,
    target: record.target,
    status: record.status,
    code: record.code,
    isApiProblem: record.isApiProblem,
    end: record.end,
    tier: record.tier,
    backendId: record.backendId,
    stickiness: record.stickiness,
    attempts: record.attempts,
    startedAt: record.startedAt,
    decidedAt: record.decidedAt,
    connectedAt: record.connectedAt,
    isReused: record.isReused,
    answeredAt: record.answeredAt,
    endedAt: record.endedAt,
    bytesIn: record.bytesIn,
    bytesOut: record.bytesOut,
    span: record.span,
  };
}
