import assert from "node:assert/strict";
import fc from "fast-check";
import type { Principal } from "../../src/policy/principal.ts";
import {
  RateLimiter,
  type RateSettings,
} from "../../src/policy/rate_limiter.ts";
import { seedOf } from "../seed.ts";

const ADDRESS = { high: 0, low: 1 };
const OTHER_ADDRESS = { high: 0, low: 2 };
const SETTINGS: RateSettings = { perMinute: 60, burst: 3, tiers: new Map() };

function limiter(settings: Partial<RateSettings> = {}, now = 0): RateLimiter {
  return new RateLimiter(
    { ...SETTINGS, ...settings },
    { high: 9, low: 8 },
    now,
  );
}

function key(name: string, ratePerMinute: number): Principal {
  return {
    name,
    scopes: undefined,
    tiers: undefined,
    expiresMs: undefined,
    backendId: undefined,
    endpointAllow: [],
    ratePerMinute,
  };
}

/** How many of so many requests at one instant go through. */
function passed(times: number, take: () => unknown): number {
  let count = 0;
  for (let i = 0; i < times; i++) if (take() === undefined) count++;
  return count;
}

Deno.test("an address may send a burst, then as many as its rate gives it", () => {
  const rates = limiter();
  const take = (now: number) => rates.takeAddress(ADDRESS, now);
  assert.equal(passed(5, () => take(0)), 3);
  assert.deepEqual(take(0), {
    limit: 3,
    remaining: 0,
    resetSeconds: 3,
    retrySeconds: 1,
  });
  assert.notEqual(take(999), undefined);
  assert.equal(take(1_000), undefined);
  assert.notEqual(take(1_000), undefined);
  assert.equal(passed(5, () => take(61_000)), 3);
  assert.equal(rates.takeAddress(OTHER_ADDRESS, 0), undefined);
});

Deno.test("as many pass as a plain token bucket lets through", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 200 }),
      fc.constantFrom(1, 7, 60, 1_000, 100_000),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 1e9 }),
      (gapsMs, perMinute, burst, start) => {
        const rates = limiter({ perMinute, burst }, start);
        let tokens = burst;
        let now = start;
        for (const gapMs of gapsMs) {
          now += gapMs;
          tokens = Math.min(burst, tokens + gapMs * perMinute / 60_000);
          // At the very edge rounding may decide either way.
          const isNear = Math.abs(tokens - 1) < 1e-4;
          const isAllowed = rates.takeAddress(ADDRESS, now) === undefined;
          if (!isNear) assert.equal(isAllowed, tokens >= 1);
          if (isAllowed) tokens--;
        }
      },
    ),
    { seed: seedOf("rates") },
  );
});

Deno.test("whoever comes again when it was told to is let through", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 50 }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (perMinute, burst, start) => {
        const rates = limiter({ perMinute, burst }, start);
        for (let i = 0; i < burst; i++) rates.takeAddress(ADDRESS, start);
        const refusal = rates.takeAddress(ADDRESS, start);
        assert.ok(refusal !== undefined);
        const at = start + refusal.retrySeconds * 1_000;
        assert.equal(rates.takeAddress(ADDRESS, at), undefined);
        const full = at + refusal.resetSeconds * 1_000;
        assert.ok(
          passed(burst, () => rates.takeAddress(ADDRESS, full)) >= burst - 1,
        );
      },
    ),
    { seed: seedOf("rates") },
  );
});

Deno.test("a rate of 0 limits nobody", () => {
  const rates = limiter({ perMinute: 0, tiers: new Map([["small", 0]]) });
  assert.equal(rates.limitsAddresses, false);
  assert.equal(rates.limitsTier("small"), false);
  assert.equal(passed(1_000, () => rates.takeAddress(ADDRESS, 0)), 1_000);
  assert.equal(passed(99, () => rates.takeKey(key("a", 0), 0)), 99);
  assert.equal(passed(99, () => rates.takeTier("small", ADDRESS, 0)), 99);
});

Deno.test("what was sent stays sent when the rate changes", () => {
  const rates = limiter({ perMinute: 6, burst: 100 });
  const take = (now: number) => rates.takeAddress(ADDRESS, now);
  assert.equal(passed(90, () => take(0)), 90);
  rates.configure({ ...SETTINGS, perMinute: 6_000, burst: 100 }, 0);
  assert.equal(passed(100, () => take(0)), 10);
  assert.equal(passed(100, () => take(500)), 50);
  rates.configure({ ...SETTINGS, perMinute: 60, burst: 20 }, 500);
  assert.notEqual(take(80_499), undefined);
  assert.equal(take(81_500), undefined);
});

Deno.test("limits can be switched off and on again", () => {
  const rates = limiter();
  assert.equal(passed(9, () => rates.takeAddress(ADDRESS, 0)), 3);
  rates.configure({ ...SETTINGS, perMinute: 0 }, 0);
  assert.equal(passed(9, () => rates.takeAddress(ADDRESS, 1)), 9);
  rates.configure(SETTINGS, 1);
  assert.equal(passed(9, () => rates.takeAddress(ADDRESS, 1)), 0);
});

Deno.test("a key has its own limit, of which a quarter of a minute may come at once", () => {
  const rates = limiter();
  const fast = key("fast", 60);
  assert.equal(passed(99, () => rates.takeKey(fast, 0)), 15);
  assert.equal(passed(99, () => rates.takeKey(key("slow", 2), 0)), 1);
  const refusal = rates.takeKey(fast, 0);
  assert.equal(refusal?.retrySeconds, 1);
  assert.equal(refusal?.limit, 15);
  assert.equal(passed(99, () => rates.takeKey(fast, 2_000)), 2);
  assert.equal(passed(99, () => rates.takeKey(key("fast", 120), 2_000)), 15);
});

Deno.test("a tier has its own limit for each address", () => {
  const rates = limiter({ tiers: new Map([["large", 4], ["small", 40]]) });
  const take = (tier: string, address = ADDRESS) => () =>
    rates.takeTier(tier, address, 0);
  assert.equal(passed(20, take("large")), 1);
  assert.equal(passed(20, take("small")), 10);
  assert.equal(passed(20, take("large", OTHER_ADDRESS)), 1);
  assert.equal(passed(20, take("unknown")), 20);
  rates.configure({ ...SETTINGS, tiers: new Map([["large", 8]]) }, 0);
  assert.equal(passed(20, take("large")), 1);
  assert.equal(passed(20, take("small")), 20);
});
