/**
 * What is told of the traffic while it passes: each request that has ended, and each decision. Shapes only. Metrics, the
 * access log and traces hear of it; the edge and the API tell it.
 */
import type { Decision } from "./engine/decision.ts";

/** Who answers a request: the API, or a backend. `refused` is for one that neither has seen. */
export type RequestKind = "api" | "proxied" | "refused";

/** How a request ended: with a whole answer, with one that breaks off, or without its caller. */
export type RequestEnd = "complete" | "cut_off" | "caller_left";

/**
 * One request that has ended. One object serves request after request: whoever keeps something copies it during the
 * call. Instants are monotonic milliseconds; undefined for what did not come to pass.
 */
export interface RequestRecord {
  /** Id of the request, as `X-Request-ID` has it. Made when it is read. */
  readonly requestId: string;
  /** Who answers it. */
  readonly kind: RequestKind;
  /** Where the caller is, behind trusted proxies. */
  readonly callerIp: string;
  /** The method as it was sent; empty where it is not known. Made when it is read. */
  readonly method: string;
  /** Path and query as they were sent, without the query where that may hold secrets; bounded. Made when it is read. */
  readonly target: string;
  /** What the caller was answered; 0 when it was not. */
  readonly status: number;
  /** Code of the problem that was answered: in a backend's place, or by the API to an ask. */
  readonly code: string | undefined;
  /** Whether the API said so, which counts its problems itself. */
  readonly isApiProblem: boolean;
  /** How it ended. */
  readonly end: RequestEnd;
  /** Tier of a proxied request, or of an ask (`POST /route`). */
  readonly tier: string | undefined;
  /** The backend that had it last, or that the ask got. */
  readonly backendId: string | undefined;
  /** How the decision stands to the session; undefined for one that has none, or was not placed. */
  readonly stickiness: string | undefined;
  /** Backends that were tried. */
  readonly attempts: number;
  /** When its head was here. */
  readonly startedAt: number;
  /** When it was decided where it goes. */
  readonly decidedAt: number | undefined;
  /** When a connection to the backend stood. */
  readonly connectedAt: number | undefined;
  /** Whether that connection had waited for it. */
  readonly isReused: boolean;
  /** When the head of the response was here. */
  readonly answeredAt: number | undefined;
  /** When it was over. */
  readonly endedAt: number;
  /** Octets of the body of the request, without what frames them; of a tunnel all that passes. */
  readonly bytesIn: number;
  /** The same of the answer. */
  readonly bytesOut: number;
  /** The span that stands for it; undefined for one that is not traced. */
  readonly span: RequestSpan | undefined;
}

/** What was decided for an ask that the API answered, as far as it came. */
export interface ToldDecision {
  /** Name of the tier. */
  readonly tier: string;
  /** The backend that got it. */
  readonly backendId?: string;
  /** How the decision stands to the session; absent where there is none. */
  readonly stickiness?: string;
}

/** Hears of requests; returns at once and never throws. */
export interface RequestObserver {
  /** One has ended. */
  ended(record: RequestRecord): void;
}

/** The span of a traced request. */
export interface RequestSpan {
  /** The field that the backend gets in place of the caller's, such as `00-TRACE-SPAN-01` (W3C Trace Context). */
  readonly traceparent: string;
}

/** Decides which requests are traced. */
export interface RequestTracer {
  /** A request begins; `traceparent` is the caller's, checked by whoever takes it. Undefined when it is not traced. */
  begin(traceparent: string | undefined): RequestSpan | undefined;
}

/** Where a decision was asked for. */
export type DecisionSource = "route" | "proxy";

/** Hears of decisions; returns at once and never throws. */
export interface DecisionMeter {
  /**
   * A decision was made in so many milliseconds; `waitedMs` when it had waited for room. A refusal that goes on to wait
   * is none yet.
   */
  decided(
    decision: Decision,
    tier: string,
    source: DecisionSource,
    tookMs: number,
    waitedMs: number | undefined,
  ): void;
}

/** What has passed since the start, and what goes on now, as counts. */
export interface TrafficTotals {
  /** Open connections from callers. */
  readonly connections: number;
  /** Requests between head and end of response. */
  readonly inFlight: number;
  /** Decisions by result, such as `placed`. */
  readonly decisions: Readonly<Record<string, number>>;
  /** Backends passed over in refusals, by reason. */
  readonly refusalReasons: Readonly<Record<string, number>>;
  /** Requests that have ended by the class of their status, such as `2xx`. */
  readonly requests: Readonly<Record<string, number>>;
}

/** The metrics of a process as text. */
export interface MetricsPage {
  /**
   * All of them as they are now, in the form that the `Accept` field prefers: Prometheus text 0.0.4, or OpenMetrics 1.0.
   * Undefined where they are switched off.
   */
  render(accept: string | null): Promise<MetricsText> | undefined;
}

/** A page of metrics. */
export interface MetricsText {
  /** Its media type. */
  readonly type: string;
  /** The page. */
  readonly text: string;
}

/** Hears of problems that were answered; returns at once and never throws. */
export interface ProblemMeter {
  /** A problem of this code was answered. */
  refused(code: string): void;
}

/** A file of the dashboard. */
export interface UiFile {
  /** Its media type. */
  readonly type: string;
  /** What it holds. */
  readonly text: string;
  /** Strong validator, quotes included. */
  readonly etag: string;
}

/** The dashboard's files, loaded when they are first asked for. */
export interface UiFiles {
  /** A file by its name, such as `app.js`; undefined when there is none. */
  file(name: string): Promise<UiFile | undefined>;
}

/** The level of the log, which an operator may change for a while. */
export interface LogLevelControl {
  /** The level in force, and when it ends (wall clock) if that was set; undefined for the configured one. */
  current(): { readonly level: string; readonly untilMs: number | undefined };
  /** Sets a level for so long; the configured one comes back by itself. */
  set(level: string, forMs: number): void;
  /** Back to the configured one. */
  reset(): void;
}
