/**
 * What the metrics cost: a count, all that is counted of one decision and of one request, and a page of a fleet of 1,000
 * backends with GPUs. What a scrape does to the requests beside it is measured by `scrape.ts`.
 * `deno bench -A tests/bench/metrics_bench.ts`
 */
import assert from "node:assert/strict";
import { type Decision, emptyTally } from "../../src/engine/decision.ts";
import { DecisionMetrics } from "../../src/metrics/decision_metrics.ts";
import { RequestMetrics } from "../../src/metrics/request_metrics.ts";
import { Histogram } from "../../src/metrics/instruments.ts";
import { CounterFamily } from "../../src/metrics/counted.ts";
import { serverConfig } from "../config/load_text.ts";
import { largeFleet, metricsOver } from "../metrics/large_fleet.ts";
import { RECORD } from "../metrics/request_record.ts";
import { linesOf, valueOf } from "../metrics/page_lines.ts";

/** Counts between two looks at the clock, as one takes less than a look. */
const COUNTS = 1000;

const decisions = new DecisionMetrics();
decisions.configure(["small", "large"]);
const requests = new RequestMetrics();
const counter = new CounterFamily({ name: "x", help: "X" }).of({ a: "b" });
const histogram = new Histogram([0.001, 0.01, 0.1, 1, 10]);
const placed = { kind: "placed" } as Decision;
const refused: Decision = {
  kind: "refused",
  tally: { ...emptyTally(), cores: 900, memory: 100 },
  fleetSize: 1000,
  nearest: undefined,
  retryAfterMs: 1000,
};
const config = await serverConfig("");
const metrics = metricsOver(largeFleet(1000), config);

const { text } = await metrics.render(null)!;
assert.ok(linesOf(text).length <= 10_000);
counter.increment();
assert.equal(counter.value, 1);
assert.equal(valueOf(text, "opsen_fleet_gpus"), 8000);

thousand("1000 × counter", () => counter.increment());
thousand("1000 × histogram", () => histogram.observe(0.05));
thousand("1000 × decision placed", () => {
  decisions.decided(placed, "small", "proxy", 0.02, undefined);
});
thousand("1000 × decision refused", () => {
  decisions.decided(refused, "small", "proxy", 0.02, undefined);
});
thousand("1000 × request", () => requests.ended(RECORD));

Deno.bench("page/1000", async () => {
  await metrics.render(null);
});

function thousand(name: string, once: () => void): void {
  Deno.bench(name, () => {
    for (let n = 0; n < COUNTS; n++) once();
  });
}
