/** Slots and leases outside a balancer, for tests of one part of the engine. */
import type { Report } from "../../src/engine/backend.ts";
import type { Lease } from "../../src/engine/lease.ts";
import { Slot } from "../../src/engine/slot.ts";
import { type Tier, tier } from "../../src/engine/tier.ts";
import { type Machine, registered, reported } from "./machines.ts";

/** A tier with these needs, and next to none otherwise. */
export function needs(some: Partial<Tier> = {}): Tier {
  return tier({
    name: "some",
    vcpu: 1,
    memoryGb: 1,
    storageGb: 0,
    gpus: 0,
    gpuMemoryGb: 0,
    ...some,
  });
}

/** A machine that has just reported at 0, whose cards take one session each. */
export function slotOf(machine: Machine = {}, id = "a", index = 0): Slot {
  const rules = { busyPct: 50, areExclusive: true, maxTemperatureC: 0 };
  const slot = new Slot(registered(id, machine), index, 0, rules);
  slot.update(reported(machine), 0);
  slot.fresh = true;
  return slot;
}

/** A report that says also what the last ten seconds were like: the same. */
export function fresh(machine: Machine = {}): Report {
  const { coreUsagePct, memory, disk, gpus } = reported(machine);
  const shortWindow = {
    seconds: 10,
    coreUsagePct,
    memoryUsedGb: memory.usedGb,
    diskUsedGb: disk.usedGb,
    gpus,
  };
  return { coreUsagePct, memory, disk, gpus, shortWindow };
}

/** A lease on the slot, counted there; a session that is known to have begun when `startedAt` says so. */
export function opened(
  slot: Slot,
  ofTier: Tier,
  more: Partial<Lease> = {},
): Lease {
  const lease: Lease = {
    id: 1,
    slot,
    tier: ofTier,
    gpus: [],
    isRequest: false,
    stickyId: undefined,
    idempotencyKey: undefined,
    inFlight: 0,
    placedAt: 0,
    startedAt: undefined,
    expiresAt: Infinity,
    hidesCards: false,
    heapIndex: 0,
    ...more,
  };
  slot.open(lease);
  return lease;
}
