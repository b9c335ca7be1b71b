/** Traces of a server, which nothing is loaded for unless the environment switches them on. Owner of nothing. */
import program from "../../deno.json" with { type: "json" };
import type { ServerConfig } from "../config/server_keys.ts";
import type { Balancer } from "../engine/balancer.ts";
import type { DecisionLog } from "../engine/decision_log.ts";
import type { Clock, Random } from "../ports.ts";
import type {
  OpenTelemetryTracer,
  TraceSettings,
} from "../trace/request_tracer.ts";

/** What traces are made of. */
export interface TracingParts {
  readonly balancer: Balancer;
  readonly decisions: DecisionLog;
  readonly clock: Clock;
  readonly random: Random;
  /** Reads a variable of the environment. */
  readonly environment: (name: string) => string | undefined;
}

/** The tracer; undefined unless the runtime sends traces, which `OTEL_DENO=true` asks it for. */
export async function openTracer(
  config: ServerConfig,
  { balancer, decisions, environment, ...parts }: TracingParts,
): Promise<OpenTelemetryTracer | undefined> {
  if (!/^(?:true|1)$/.test(environment("OTEL_DENO") ?? "")) return undefined;
  const { OpenTelemetryTracer } = await import("../trace/request_tracer.ts");
  return new OpenTelemetryTracer(traceSettings(config), {
    ...parts,
    version: program.version,
    decisionOf: (requestId) => decisions.find(requestId),
    endpointOf(backendId) {
      for (const { id, endpoint } of balancer.probeTargets()) {
        if (id === backendId) return endpoint;
      }
      return undefined;
    },
  });
}

/** What a configuration says of traces. */
export function traceSettings(
  { tracing: { samplePct }, proxyEndpoints }: ServerConfig,
): TraceSettings {
  return { samplePct, prefixes: proxyEndpoints };
}
