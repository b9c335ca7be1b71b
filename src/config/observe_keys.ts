/** Server keys: what is seen of a running server from outside, besides its log. */
import { flag, group, number } from "./key.ts";

/** Metrics, traces and the dashboard. */
export const OBSERVE_KEYS = {
  ui: flag({ help: "Serve the dashboard", default: true }),
  metrics: group({
    enabled: flag({ help: "Serve /_opsen/metrics", default: true }),
    per_core: flag({
      help: "One series for each core of each backend",
      default: false,
    }),
    per_gpu: flag({
      help: "Four series for each GPU of each backend",
      default: false,
    }),
  }, { help: "Metrics for Prometheus" }),
  tracing: group({
    sample_pct: number({
      help:
        "Part of the requests that are traced when OTEL_DENO=true, in percent; of a caller's sampled trace every request is",
      default: 0,
      min: 0,
      max: 100,
    }),
  }, { help: "Traces over OpenTelemetry's OTLP" }),
};
