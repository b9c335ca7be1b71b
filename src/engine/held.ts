/** Room that live leases take of one machine, in full. Needs are multiples of a step, so every sum returns to exactly 0. */
import type { Tier } from "./tier.ts";

/** Sums over leases. */
export class Held {
  /** Number of leases. */
  leases = 0;
  /** Cores. */
  vcpu = 0;
  /** Memory, GB. */
  memoryGb = 0;
  /** Storage, GB. */
  storageGb = 0;

  /** Counts a lease of that tier in or out. */
  count({ vcpu, memoryGb, storageGb }: Tier, sign: 1 | -1): void {
    this.leases += sign;
    this.vcpu += sign * vcpu;
    this.memoryGb += sign * memoryGb;
    this.storageGb += sign * storageGb;
  }
}
