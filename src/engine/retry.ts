/** When asking again could help: the next end of a lease, of an ejection, or the next report, where the tier could fit. */
import type { Leases } from "./leases.ts";
import type { Rule } from "./rule.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** Leases that are looked at for the one that ends first; those that end soon are among the first. */
const LEASES_LOOKED_AT = 256;

/** A report that is late, or the first one, may come at any moment, milliseconds. */
const SOON_MS = 5000;

/** With no machine that could ever take it there is news when another one registers, milliseconds. */
const NEW_MACHINE_MS = 15_000;

/** The first instant that could change the answer, monotonic milliseconds; later than now. Backends that are not in place don't help. */
export function retryAt(
  slots: readonly Slot[],
  isInPlace: (slot: Slot) => boolean,
  leases: Leases,
  rule: Rule,
  tier: Tier,
  now: number,
): number {
  let first = Infinity;
  const helpful = new Set<Slot>();
  for (const slot of slots) {
    if (!isInPlace(slot)) continue;
    if (slot.report === undefined) first = Math.min(first, now + SOON_MS);
    if (slot.isDraining || !isLargeEnough(slot, tier)) continue;
    if (slot.isEjected) first = Math.min(first, slot.failures.until);
    if (slot.held.leases > 0) helpful.add(slot);
    const isLeasesAlone = slot.fresh && slot.held.leases > 0 &&
      slot.ledger.fadingVcpu === 0 && rule.fitsByUse(slot, tier);
    if (isLeasesAlone) continue;
    const due = slot.reportedAt + slot.usage.intervalMs;
    first = Math.min(first, due > now ? due : now + SOON_MS);
  }
  for (const lease of leases.soonest(LEASES_LOOKED_AT)) {
    if (helpful.has(lease.slot)) first = Math.min(first, lease.expiresAt);
  }
  return first === Infinity ? now + NEW_MACHINE_MS : Math.max(first, now + 1);
}

/** Whether the machine could take the tier if it were empty. */
export function isLargeEnough(
  { cores, report, cards }: Slot,
  tier: Tier,
): boolean {
  return report !== undefined && cores >= tier.vcpu &&
    report.memory.totalGb >= tier.memoryGb &&
    report.disk.totalGb >= tier.storageGb && cards.large(tier) >= tier.gpus;
}
