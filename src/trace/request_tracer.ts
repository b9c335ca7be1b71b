/**
 * Spans of requests: the request, its decision, and its way to a backend, given to OpenTelemetry, which sends them.
 * Owner of the spans of requests in progress, which the requests hold; what waits to be sent is bounded by the runtime
 * (OTEL_BSP_MAX_QUEUE_SIZE). Loaded only where traces are switched on.
 */
import {
  type Context,
  type HrTime,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from "@opentelemetry/api";
import type { LoggedDecision } from "../engine/decision_log.ts";
import type { Clock, Random } from "../ports.ts";
import type {
  RequestObserver,
  RequestRecord,
  RequestSpan,
  RequestTracer,
} from "../traffic_ports.ts";
import { decisionAttributes } from "./decision_attributes.ts";
import {
  errorOf,
  pathOf,
  routeOf,
  serverAttributes,
  upstreamAttributes,
} from "./request_attributes.ts";
import {
  parseTraceparent,
  traceparentText,
  unsampledTraceparent,
} from "./traceparent.ts";

/** What is traced how. */
export interface TraceSettings {
  /** Part of the requests without a caller's trace that are traced, percent. */
  readonly samplePct: number;
  /** Prefixes of proxied paths. */
  readonly prefixes: readonly string[];
}

/** What a tracer asks. */
export interface TracerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly version: string;
  /** The decision about a request. */
  readonly decisionOf: (requestId: string) => LoggedDecision | undefined;
  /** URL of a backend. */
  readonly endpointOf: (backendId: string) => string | undefined;
}

/** Traces requests from their beginning until it hears of their end. */
export class OpenTelemetryTracer implements RequestTracer, RequestObserver {
  readonly #parts: TracerParts;
  readonly #tracer: Tracer;
  #settings: TraceSettings;

  /** Traces by these settings until told others. */
  constructor(settings: TraceSettings, parts: TracerParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#tracer = trace.getTracer("opsen", parts.version);
  }

  /** Requests that begin from now on go by these. */
  configure(settings: TraceSettings): void {
    this.#settings = settings;
  }

  /**
   * A caller that traces says whether it is sampled; of the others a part is, and whoever is behind us is told of the
   * rest that it is not. With no part at all nothing is said, as without traces.
   */
  begin(traceparent: string | undefined): RequestSpan | undefined {
    const { random, clock } = this.#parts;
    const { samplePct } = this.#settings;
    const caller = traceparent === undefined
      ? undefined
      : parseTraceparent(traceparent);
    if (caller?.isSampled === false) return undefined;
    if (caller === undefined && random.next() * 100 >= samplePct) {
      return samplePct === 0
        ? undefined
        : { traceparent: unsampledTraceparent(random) };
    }
    const parent = caller === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
        traceId: caller.traceId,
        spanId: caller.spanId,
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
      });
    return new TracedRequest(this.#tracer, clock, parent);
  }

  ended(record: RequestRecord): void {
    const { span: request } = record;
    if (!(request instanceof TracedRequest)) return;
    const route = routeOf(
      record,
      pathOf(record.target),
      this.#settings.prefixes,
    );
    const end = request.instantOf(record.endedAt);
    const error = errorOf(record);
    this.#decision(request, record);
    const { upstream } = request;
    if (upstream !== undefined) {
      const { backendId } = record;
      const endpoint = backendId === undefined
        ? undefined
        : this.#parts.endpointOf(backendId);
      upstream.updateName(record.kind === "proxied" ? "upstream" : "api");
      upstream.setAttributes(upstreamAttributes(record, endpoint));
      finish(upstream, end, error);
    }
    const { span } = request;
    const method = record.method || "request";
    span.updateName(route === undefined ? method : `${method} ${route}`);
    span.setAttributes(serverAttributes(record, route));
    finish(span, end, error);
  }

  /** Only what asked for a backend has one. */
  #decision(request: TracedRequest, record: RequestRecord): void {
    const decision = this.#parts.decisionOf(record.requestId);
    if (decision === undefined) return;
    const { startedAt, decidedAt, endedAt } = record;
    const span = request.child("opsen.decide", SpanKind.INTERNAL, startedAt);
    span.setAttributes(decisionAttributes(decision));
    span.end(request.instantOf(decidedAt ?? endedAt));
  }
}

/** The spans of one request. */
class TracedRequest implements RequestSpan {
  /** The span of the whole request. */
  readonly span: Span;
  readonly #tracer: Tracer;
  readonly #clock: Clock;
  /** From the monotonic clock to the wall clock; one for all spans, so that none begins before its parent. */
  readonly #offsetMs: number;
  readonly #begunAt: number;
  #upstream: Span | undefined;

  /** Begins now. */
  constructor(tracer: Tracer, clock: Clock, parent: Context) {
    const now = clock.monotonicMs();
    this.#tracer = tracer;
    this.#clock = clock;
    this.#offsetMs = clock.wallMs() - now;
    this.#begunAt = now;
    const kind = SpanKind.SERVER;
    const startTime = this.instantOf(now);
    this.span = tracer.startSpan("request", { kind, startTime }, parent);
  }

  /** The span of the way to the backend; undefined when the request took none. */
  get upstream(): Span | undefined {
    return this.#upstream;
  }

  /** Asked for when the request is sent on, which is when the span begins that the backend's join; once for all tries. */
  get traceparent(): string {
    this.#upstream ??= this.child(
      "upstream",
      SpanKind.CLIENT,
      this.#clock.monotonicMs(),
    );
    const { traceId, spanId, traceFlags } = this.#upstream.spanContext();
    const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
    return traceparentText({ traceId, spanId, isSampled });
  }

  /** A span inside this one. */
  child(name: string, kind: SpanKind, startedAt: number): Span {
    const parent = trace.setSpan(ROOT_CONTEXT, this.span);
    const startTime = this.instantOf(startedAt);
    return this.#tracer.startSpan(name, { kind, startTime }, parent);
  }

  /**
   * An instant of the monotonic clock in whole seconds and nanoseconds of the wall clock. The edge reads the clock once
   * for an event, perhaps a moment before this span has begun: that is then its beginning.
   */
  instantOf(atMs: number): HrTime {
    const wallMs = Math.max(atMs, this.#begunAt) + this.#offsetMs;
    const seconds = Math.floor(wallMs / 1000);
    return [seconds, Math.floor((wallMs - seconds * 1000) * 1e6)];
  }
}

function finish(span: Span, end: HrTime, error: string | undefined): void {
  if (error !== undefined) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error });
  }
  span.end(end);
}
