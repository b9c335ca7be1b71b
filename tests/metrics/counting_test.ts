import assert from "node:assert/strict";
import { type Decision, emptyTally } from "../../src/engine/decision.ts";
import {
  DecisionMetrics,
  TIERS_MAX,
} from "../../src/metrics/decision_metrics.ts";
import type { Family } from "../../src/metrics/family.ts";
import { RequestMetrics } from "../../src/metrics/request_metrics.ts";
import { RECORD } from "./request_record.ts";

/** The series that are not 0, without the buckets of histograms. */
function seriesOf(families: readonly Family[]): Record<string, number> {
  const text = families.flatMap((family) => [...family.lines()]).join("");
  const series: Record<string, number> = {};
  for (const line of text.trimEnd().split("\n")) {
    const at = line.lastIndexOf(" ");
    const value = Number(line.slice(at + 1));
    if (value !== 0 && !/_bucket\{|_sum[ {]/.test(line)) {
      series[line.slice(0, at)] = value;
    }
  }
  return series;
}

function refusal(tally: Partial<ReturnType<typeof emptyTally>>): Decision {
  return {
    kind: "refused",
    tally: { ...emptyTally(), ...tally },
    fleetSize: 3,
    nearest: undefined,
    retryAfterMs: 1000,
  };
}

const PLACED = { kind: "placed" } as Decision;

Deno.test("decisions are counted by result, tier and the reason that passed over most", () => {
  const metrics = new DecisionMetrics();
  metrics.configure(["small", "large"]);
  metrics.decided(PLACED, "small", "route", 0.02, undefined);
  metrics.decided(PLACED, "small", "proxy", 0.02, 200);
  metrics.decided(refusal({ cores: 1, memory: 2 }), "large", "proxy", 1, 900);
  metrics.decided(refusal({}), "large", "route", 1, undefined);
  const unknown: Decision = { kind: "unknown_tier", tier: "x" };
  metrics.decided(unknown, "x", "route", 0.01, undefined);
  const reused: Decision = { kind: "key_reused", tier: "large" };
  metrics.decided(reused, "small", "route", 0.01, undefined);
  assert.deepEqual(seriesOf(metrics.families), {
    'opsen_decisions_total{result="placed",tier="small",reason=""}': 2,
    'opsen_decisions_total{result="refused",tier="large",reason="memory"}': 1,
    'opsen_decisions_total{result="refused",tier="large",reason="no_backends"}':
      1,
    'opsen_decisions_total{result="unknown_tier",tier="other",reason=""}': 1,
    'opsen_decisions_total{result="key_reused",tier="small",reason=""}': 1,
    'opsen_refusal_reasons_total{reason="cores"}': 1,
    'opsen_refusal_reasons_total{reason="memory"}': 2,
    'opsen_decision_duration_seconds_count{source="route"}': 4,
    'opsen_decision_duration_seconds_count{source="proxy"}': 2,
    'opsen_queue_wait_seconds_count{result="placed"}': 1,
    'opsen_queue_wait_seconds_count{result="refused"}': 1,
  });
  assert.deepEqual(metrics.totals, {
    decisions: { placed: 2, refused: 2, unknown_tier: 1, key_reused: 1 },
    refusalReasons: { cores: 1, memory: 2 },
  });
});

Deno.test("callers' words for tiers, and tiers beyond the bound, share one series", () => {
  const metrics = new DecisionMetrics();
  const names = Array.from({ length: TIERS_MAX + 50 }, (_, n) => `t${n}`);
  metrics.configure(names);
  const [family] = metrics.families;
  const before = family!.size;
  for (const tier of [...names.slice(TIERS_MAX), "a", "b", "c"]) {
    metrics.decided(PLACED, tier, "route", 0.01, undefined);
  }
  assert.equal(family!.size, before);
  const other = 'opsen_decisions_total{result="placed",tier="other",reason=""}';
  assert.equal(seriesOf([family!])[other], 53);
  assert.equal(metrics.totals.decisions.placed, 53);
});

Deno.test("requests are counted by who answered and how they ended, with the times on their way", () => {
  const metrics = new RequestMetrics();
  metrics.ended(RECORD);
  metrics.ended({ ...RECORD, attempts: 3, isReused: true, end: "cut_off" });
  metrics.ended({
    ...RECORD,
    ...{ kind: "refused", status: 401, code: "missing_key" },
    ...{ decidedAt: undefined, connectedAt: undefined, answeredAt: undefined },
  });
  metrics.ended({ ...RECORD, kind: "api", status: 0, end: "caller_left" });
  metrics.ofApi.refused("missing_key");
  assert.deepEqual(seriesOf(metrics.families), {
    'opsen_requests_total{kind="api",code="0xx"}': 1,
    'opsen_requests_total{kind="proxied",code="2xx"}': 2,
    'opsen_requests_total{kind="refused",code="4xx"}': 1,
    'opsen_request_duration_seconds_count{kind="api"}': 1,
    'opsen_request_duration_seconds_count{kind="proxied"}': 2,
    'opsen_request_duration_seconds_count{kind="refused"}': 1,
    'opsen_problems_total{by="edge",code="missing_key"}': 1,
    'opsen_problems_total{by="api",code="missing_key"}': 1,
    opsen_upstream_connect_seconds_count: 1,
    opsen_upstream_first_byte_seconds_count: 2,
    'opsen_requests_unfinished_total{kind="api",end="caller_left"}': 1,
    'opsen_requests_unfinished_total{kind="proxied",end="cut_off"}': 1,
    opsen_upstream_retries_total: 2,
    opsen_upstream_reused_total: 1,
    'opsen_received_bytes_total{kind="api"}': 10,
    'opsen_received_bytes_total{kind="proxied"}': 20,
    'opsen_received_bytes_total{kind="refused"}': 10,
    'opsen_sent_bytes_total{kind="api"}': 20,
    'opsen_sent_bytes_total{kind="proxied"}': 40,
    'opsen_sent_bytes_total{kind="refused"}': 20,
  });
  assert.deepEqual(metrics.totals, { "0xx": 1, "2xx": 2, "4xx": 1 });
  const sums = metrics.families.flatMap((family) => [...family.lines()])
    .join("");
  assert.match(sums, /^opsen_upstream_connect_seconds_sum 0\.002$/m);
  assert.match(sums, /^opsen_upstream_first_byte_seconds_sum 0\.02$/m);
  assert.match(sums, /le="0\.1"\} 2\n.*kind="proxied",le="0\.25"\} 2/);
});
