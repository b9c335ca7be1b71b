/**
 * Load that was placed on one machine and that its reports don't show yet. A hold that nobody confirmed counts in full:
 * its session may begin at any moment. From its beginning on a session fades, as far as reports can have absorbed it.
 * Sums of fading load are made anew from the sessions at each change, so nothing is left over when none is left.
 */
import { Held } from "./held.ts";
import type { Lease } from "./lease.ts";

/** A session shows its use of cores within this time at the earliest, milliseconds; shorter windows don't hurry it. */
export const RAMP_MS = 60_000;

/** A GPU is judged by its reports once they have absorbed this share of a session. */
const CARD_ABSORBED_SHARE = 0.9;

/** What is not visible yet. */
export class Ledger {
  /** Holds that nobody confirmed. */
  readonly holds: Held = new Held();
  /** Cores that sessions asked for and that don't show. */
  fadingVcpu = 0;
  /** Memory likewise, GB. */
  fadingMemoryGb = 0;
  /** Storage likewise, GB. */
  fadingStorageGb = 0;
  /** Sessions that don't show in full. */
  #started: Lease[] = [];

  /** Counts a new lease. */
  open(lease: Lease): void {
    if (lease.startedAt === undefined) this.holds.count(lease.tier, 1);
    else this.#started.push(lease);
  }

  /** A hold's session has begun; the caller has written when. */
  start(lease: Lease): void {
    this.holds.count(lease.tier, -1);
    this.#started.push(lease);
  }

  /** Counts anew which sessions have begun, as if no report had shown any of them yet. */
  restart(started: Lease[]): void {
    this.#started = started;
    this.fadingVcpu = 0;
    this.fadingMemoryGb = 0;
    this.fadingStorageGb = 0;
  }

  /** Counts a lease out. */
  close(lease: Lease): void {
    if (lease.startedAt === undefined) {
      this.holds.count(lease.tier, -1);
      return;
    }
    const at = this.#started.indexOf(lease);
    if (at >= 0) this.#started.splice(at, 1);
  }

  /** Sums what the last report can't show; `onAbsorbed` hears of sessions whose cards it shows. */
  sum(
    reportedAt: number,
    absorbMs: number,
    settleMs: number,
    onAbsorbed: (lease: Lease) => void,
  ): void {
    const rampMs = Math.max(absorbMs, RAMP_MS);
    const fillMs = Math.max(absorbMs, settleMs, 1);
    let vcpu = 0;
    let memoryGb = 0;
    let storageGb = 0;
    let kept = 0;
    for (const lease of this.#started) {
      const ageMs = Math.max(0, reportedAt - (lease.startedAt ?? reportedAt));
      if (ageMs >= CARD_ABSORBED_SHARE * rampMs) {
        onAbsorbed(lease);
      }
      const unseen = Math.max(0, 1 - ageMs / rampMs);
      const unfilled = Math.max(0, 1 - ageMs / fillMs);
      if (unseen === 0 && unfilled === 0) continue;
      vcpu += unseen * lease.tier.vcpu;
      memoryGb += unfilled * lease.tier.memoryGb;
      storageGb += unfilled * lease.tier.storageGb;
      this.#started[kept++] = lease;
    }
    this.#started.length = kept;
    this.fadingVcpu = vcpu;
    this.fadingMemoryGb = memoryGb;
    this.fadingStorageGb = storageGb;
  }
}
