import assert from "node:assert/strict";
import { Balancer } from "../../src/engine/balancer.ts";
import { seedOf } from "../seed.ts";
import {
  type Next,
  OPTIONS,
  registration,
  report,
  stream,
  TIERS,
} from "./fleets.ts";
import { type NaiveBackend, naiveBook, naivePick } from "./naive.ts";

const FLEETS = 100_000;
const MOST_BACKENDS = 6;
const MOST_CORES = 20;
const ASKS = 3;
const STEP_MS = 50_000;

Deno.test("classic picks what the documented rule written plainly picks, on 100,000 random fleets", () => {
  const seed = seedOf("parity");
  let placed = 0;
  for (let i = 0; i < FLEETS; i++) {
    const next = stream(seed + i);
    const balancer = new Balancer({ ...OPTIONS, panic: "fail_closed" });
    const plain = fleet(balancer, next);
    let now = 0;
    for (let ask = 0; ask < ASKS; ask++) {
      now += Math.floor(next() * STEP_MS);
      placed += sameAnswer(balancer, plain, next, now, seed + i) ? 1 : 0;
    }
  }
  assert.ok(placed > FLEETS / 2, `only ${placed} placements compared`);
});

/** Up to {@link MOST_BACKENDS} machines, some stale, some unhealthy, some known to be slow. */
function fleet(balancer: Balancer, next: Next): NaiveBackend[] {
  const size = Math.floor(next() * (MOST_BACKENDS + 1));
  return Array.from({ length: size }, (_, index) => {
    const backend = registration(index, next);
    const news = report(1 + Math.floor(next() * MOST_CORES), next);
    const reportedAt = -Math.floor(next() * 1.2 * OPTIONS.staleAfterMs);
    balancer.register(backend, reportedAt);
    balancer.report(backend.id, news, reportedAt);
    const unhealthy = next() < 0.1;
    const latencyMs = unhealthy || next() < 0.5 ? 0 : 100 * next();
    if (latencyMs > 0) balancer.probe(backend.id, { ok: true, latencyMs }, 0);
    for (let i = 0; unhealthy && i < 3; i++) {
      balancer.probe(backend.id, { ok: false }, 0);
    }
    return {
      registration: backend,
      report: news,
      reportedAt,
      unhealthy,
      latencyMs,
      holds: [],
    };
  });
}

function sameAnswer(
  balancer: Balancer,
  plain: NaiveBackend[],
  next: Next,
  now: number,
  seed: number,
): boolean {
  const tier = TIERS[Math.floor(next() * TIERS.length)];
  assert.ok(tier !== undefined);
  const place = next() < 0.3
    ? undefined
    : { latitude: next() * 180 - 90, longitude: next() * 360 - 180 };
  const pick = naivePick(plain, tier, place, now, OPTIONS.staleAfterMs);
  if (pick !== undefined) naiveBook(pick, tier, now, OPTIONS.holdMs);
  const decision = balancer.place({ tier: tier.name, place }, now);
  assert.notEqual(decision.kind, "unknown_tier");
  const chosen = decision.kind === "placed" ? decision.backendId : undefined;
  assert.equal(chosen, pick?.registration.id, `fleet of seed ${seed}`);
  if (decision.kind === "placed") {
    assert.deepEqual(decision.hold.gpus, pick?.holds.at(-1)?.gpus);
  }
  return pick !== undefined;
}
