import assert from "node:assert/strict";
import { balancerOf, routingOf } from "../../src/server/decider.ts";
import { ADAPTIVE_DEFAULTS } from "../../src/engine/routing_options.ts";
import { serverConfig } from "../config/load_text.ts";
import { registered, reported } from "../engine/machines.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FixedRandom } from "../fakes/random.ts";

Deno.test("the defaults of the file are those of the engine", async () => {
  assert.deepEqual(routingOf(await serverConfig("")), {
    mode: "adaptive",
    options: ADAPTIVE_DEFAULTS,
  });
});

Deno.test("seconds become milliseconds, and every key of routing arrives", async () => {
  const config = await serverConfig(`
routing:
  weights: {distance: 2, request_distance: 0.5}
  ledger: {settle_seconds: 7}
  headroom: {guard: strict, fit_cpu_share: 1}
  response: {tau_seconds: 3, kappa: 9}
  near_tie: {band_points: 4}
  gpu_busy_pct: 90
  peers: 3
`);
  const routing = routingOf(config);
  assert.ok(routing.mode === "adaptive");
  const { weights, ledger, headroom, response, nearTie, peers, gpuBusyPct } =
    routing.options;
  assert.deepEqual(
    [weights.distance, weights.requestDistance, ledger.settleMs],
    [2, 0.5, 7000],
  );
  assert.deepEqual([headroom.guard, headroom.fitCpuShare], ["strict", 1]);
  assert.deepEqual([response.tauMs, response.kappa], [3000, 9]);
  assert.deepEqual([nearTie.bandPoints, peers, gpuBusyPct], [4, 3, 90]);
});

Deno.test("servers that start in different seconds number their leases apart", async () => {
  const config = await serverConfig("routing: {mode: classic}");
  const firstId = (wallMs: number) => {
    const clock = new FakeClock(0, wallMs);
    const balancer = balancerOf(config, {
      clock,
      random: new FixedRandom(0.999),
    });
    balancer.register(registered("a"), 0);
    balancer.report("a", reported(), 0);
    const placed = balancer.place({ tier: "small" }, 0);
    assert.ok(placed.kind === "placed");
    return placed.hold.leaseId;
  };
  const [one, next] = [firstId(1_790_000_000_000), firstId(1_790_000_001_000)];
  assert.ok(next - one >= 1_000_000, `${one} ${next}`);
  assert.ok(Number.isSafeInteger(firstId(Date.UTC(2105, 0, 1))));
});
