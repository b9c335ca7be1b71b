/**
 * What one machine would look like with one session more: its real use, the load that does not show yet, and the new
 * session's expected share. One object is filled again for each machine, as this runs for every change of every machine.
 */
import type { AdaptiveOptions } from "./routing_options.ts";
import type { Slot } from "./slot.ts";
import type { Tier } from "./tier.ts";

/** A machine whose cores are used to this share is full, whatever a small tier could still have. */
const FULL_SHARE = 0.95;

/** The figures of one machine for one tier. */
export class Outlook {
  /** Cores that one more session could have; at least the tier's when it fits. */
  coresFree = 0;
  /** Cores that promises leave, whatever the real use. */
  coresUnpromised = 0;
  /** Memory that one more could have, GB. */
  memoryFreeGb = 0;
  /** Storage that one more could have, GB. */
  storageFreeGb = 0;
  /** Mean use of the tier's number of least loaded cores with the load that does not show yet, percent. */
  cpuPct = 0;
  /** Memory in use with what does not show yet, percent. */
  memoryPct = 0;
  /** Share of the cores in use after the session has begun. */
  cpuShare = 0;
  /** Share of the memory likewise. */
  memoryShare = 0;
  /** How far the machine would be filled: 1 at the target of its cores or the end of its memory. */
  filled = 0;
  /** Whether it would stay below both targets. */
  isBelowTargets = false;
  readonly #options: AdaptiveOptions;

  /** Figures under these settings. */
  constructor(options: AdaptiveOptions) {
    this.#options = options;
  }

  /** Fills in the figures; single requests don't keep each other out, so for one of them the others don't count. */
  take(slot: Slot, tier: Tier, isRequest: boolean): void {
    const { ledger, headroom, peers } = this.#options;
    const { usage, cores, requests } = slot;
    const { holds, fadingVcpu, fadingMemoryGb, fadingStorageGb } = slot.ledger;
    const { vcpu, memoryGb } = tier;
    const share = ledger.cpuShare;
    // Requests begun since the last report are not in it.
    const newVcpu = isRequest
      ? 0
      : Math.max(0, requests.vcpu - slot.requestVcpuShown);
    const newMemoryGb = isRequest
      ? 0
      : Math.max(0, requests.memoryGb - slot.requestMemoryShownGb);
    const promised = peers * (holds.vcpu + share * fadingVcpu) +
      share * newVcpu;
    const spared = (1 - headroom.fitCpuShare) * vcpu;
    this.coresUnpromised = cores - holds.vcpu - fadingVcpu;
    this.coresFree = Math.min(
      this.coresUnpromised,
      cores - usage.cores - promised + spared,
    );
    const leftUntilFull = FULL_SHARE * cores - usage.cores;
    if (leftUntilFull <= 0) this.coresFree = leftUntilFull;
    const unseenGb = ledger.memoryShare *
      (peers * fadingMemoryGb + newMemoryGb);
    this.memoryFreeGb = usage.memoryFreeGb - peers * holds.memoryGb - unseenGb;
    const storageGb = usage.diskFreeGb -
      peers * (holds.storageGb + fadingStorageGb);
    this.storageFreeGb = storageGb > 0 ? storageGb : 0;

    const pendingCores = share * (peers * (holds.vcpu + fadingVcpu) + newVcpu);
    const totalGb = usage.memoryTotalGb;
    const usedGb = usage.memoryGb + unseenGb +
      ledger.memoryShare * peers * holds.memoryGb;
    const least = vcpu < cores ? vcpu : cores;
    const levelPct = slot.coreUseSums[least]! / least + usage.shiftPct;
    this.cpuPct = (levelPct < 0 ? 0 : levelPct > 100 ? 100 : levelPct) +
      100 * pendingCores / cores;
    this.memoryPct = 100 * usedGb / totalGb;
    this.cpuShare = (usage.cores + pendingCores + share * vcpu) / cores;
    this.memoryShare = (usedGb + ledger.memoryShare * memoryGb) / totalGb;
    const ofTarget = this.cpuShare / headroom.targetCpu;
    this.filled = ofTarget > this.memoryShare ? ofTarget : this.memoryShare;
    this.isBelowTargets = ofTarget <= 1 &&
      this.memoryShare <= headroom.targetMemory;
  }
}
