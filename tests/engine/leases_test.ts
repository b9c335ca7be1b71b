import assert from "node:assert/strict";
import type { Lease } from "../../src/engine/lease.ts";
import { Leases } from "../../src/engine/leases.ts";
import { Slot } from "../../src/engine/slot.ts";
import { seedOf } from "../seed.ts";
import { stream, TIERS } from "./fleets.ts";
import { registered } from "./machines.ts";

const CARD_RULES = {
  busyPct: Infinity,
  areExclusive: false,
  maxTemperatureC: 0,
};
const NAMELESS = {
  stickyId: undefined,
  idempotencyKey: undefined,
  isRequest: false,
};

Deno.test("leases end in the order of their expiry, however they were opened, renewed and closed", () => {
  const next = stream(seedOf("leases"));
  for (let round = 0; round < 200; round++) {
    const leases = new Leases();
    const slot = new Slot(registered("a"), 0, 0, CARD_RULES);
    const live = new Set<Lease>();
    for (let step = 0; step < 60; step++) {
      const some = [...live][Math.floor(next() * live.size)];
      const at = Math.floor(next() * 1000);
      const isRenewal = next() < 0.5;
      if (some === undefined || next() < 0.5) {
        const tier = TIERS[0];
        assert.ok(tier !== undefined);
        live.add(leases.open(slot, tier, NAMELESS, 0, at));
      } else if (isRenewal) leases.renew(some, at);
      else {
        leases.close(some);
        live.delete(some);
      }
      const soonest = Math.min(Infinity, ...[...live].map((l) => l.expiresAt));
      assert.equal(leases.nextExpiry, soonest);
      assert.equal(leases.size, live.size);
    }
    const expected = [...live].map((lease) => lease.expiresAt);
    const ended: number[] = [];
    for (;;) {
      const lease = leases.expired(1000);
      if (lease === undefined) break;
      leases.close(lease);
      ended.push(lease.expiresAt);
    }
    assert.deepEqual(ended, expected.sort((a, b) => a - b));
    assert.deepEqual([slot.held.leases, slot.held.vcpu], [0, 0]);
  }
});
