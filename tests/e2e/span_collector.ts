/** A receiver of OTLP over HTTP and JSON, as a collector of traces is one (https://opentelemetry.io/docs/specs/otlp/). */

/** A span, with its times as nanoseconds since 1970. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: "internal" | "server" | "client" | "other";
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** Keeps the spans that a server sends. */
export class SpanCollector implements AsyncDisposable {
  readonly #spans: CollectedSpan[] = [];
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const text = await request.text();
      if (new URL(request.url).pathname === "/v1/traces") this.#take(text);
      return Response.json({});
    },
  );

  /** What has the runtime of a server send its traces here, soon and none of its own. */
  get environment(): Readonly<Record<string, string>> {
    return {
      OTEL_DENO: "true",
      OTEL_DENO_METRICS: "false",
      OTEL_TRACES_SAMPLER: "parentbased_always_off",
      OTEL_BSP_SCHEDULE_DELAY: "50",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
    };
  }

  /** Every span so far, in the order of their starts. */
  get spans(): readonly CollectedSpan[] {
    return this.#spans.toSorted((a, b) => Number(a.startNs - b.startNs));
  }

  /** The first of that name. */
  named(name: string): CollectedSpan {
    const span = this.spans.find((span) => span.name === name);
    if (span !== undefined) return span;
    const names = this.spans.map(({ name }) => name).join(", ");
    throw new Error(`No span is named "${name}", but: ${names}`);
  }

  /** The spans right inside of one. */
  childrenOf({ spanId }: CollectedSpan): readonly CollectedSpan[] {
    return this.spans.filter(({ parentSpanId }) => parentSpanId === spanId);
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #take(text: string): void {
    const { resourceSpans = [] }: Traces = JSON.parse(text);
    for (const { scopeSpans = [] } of resourceSpans) {
      for (const { spans = [] } of scopeSpans) {
        this.#spans.push(...spans.map(collected));
      }
    }
  }
}

/** What is read of `ExportTraceServiceRequest`. */
interface Traces {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly RawSpan[] }[];
  }[];
}

interface RawSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly {
    readonly key: string;
    readonly value: Readonly<Record<string, string | number | boolean>>;
  }[];
}

const KINDS = ["other", "internal", "server", "client"] as const;

function collected(raw: RawSpan): CollectedSpan {
  const { traceId, spanId, parentSpanId = "", name, attributes = [] } = raw;
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: KINDS[raw.kind] ?? "other",
    startNs: BigInt(raw.startTimeUnixNano),
    endNs: BigInt(raw.endTimeUnixNano),
    attributes: Object.fromEntries(
      attributes.map(({ key, value }) => [key, plain(value)]),
    ),
  };
}

/** Whole numbers come as text (protobuf's JSON mapping of int64). */
function plain(
  value: Readonly<Record<string, string | number | boolean>>,
): string | number | boolean {
  const { intValue, doubleValue, boolValue, stringValue } = value;
  return intValue !== undefined
    ? Number(intValue)
    : doubleValue ?? boolValue ?? stringValue ?? "";
}
