/** Balancers with one fault each, to see that the simulator finds it. */
import type { Report } from "../../src/engine/backend.ts";
import { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { Ask, Decision } from "../../src/engine/decision.ts";
import type {
  DrainedBy,
  DrainOutcome,
  DrainRecord,
} from "../../src/engine/drain.ts";
import type { LeaseRecord } from "../../src/engine/lease_record.ts";
import type { ProbeOutcome } from "../../src/engine/health.ts";
import type { OnWaited } from "../../src/engine/wait_queue.ts";
import type { InvariantName } from "./violation.ts";
import type { Build } from "./world.ts";

/** A fault and the invariants that it breaks; which of them first is the seed's to say. */
export interface Planted {
  readonly fault: string;
  readonly breaks: readonly InvariantName[];
  readonly build: Build;
}

class ForgetsReleases extends Balancer {
  override release(leaseId: number, now: number): boolean {
    return this.lease(leaseId, now) !== undefined;
  }
}

class BooksTwice extends Balancer {
  override place(ask: Ask, now: number): Decision {
    if (ask.stickyId === undefined && ask.idempotencyKey === undefined) {
      super.place(ask, now);
    }
    return super.place(ask, now);
  }
}

class ForgetsSessions extends Balancer {
  override place({ stickyId: _, ...ask }: Ask, now: number): Decision {
    return super.place(ask, now);
  }
}

class ForgetsKeys extends Balancer {
  override place({ idempotencyKey: _, ...ask }: Ask, now: number): Decision {
    return super.place(ask, now);
  }
}

class TrustsStaleReports extends Balancer {
  constructor(options: BalancerOptions) {
    super({ ...options, staleAfterMs: Infinity });
  }
}

class IgnoresProbes extends Balancer {
  override probe(id: string, outcome: ProbeOutcome, now: number) {
    return outcome.ok ? super.probe(id, outcome, now) : "accepted";
  }
}

class IgnoresExclusions extends Balancer {
  override place({ exclude: _, ...ask }: Ask, now: number): Decision {
    return super.place(ask, now);
  }
}

class SeesEmptyMachines extends Balancer {
  override report(id: string, report: Report, now: number) {
    const { memory, shortWindow, ...rest } = report;
    const { totalGb } = memory;
    const empty = {
      totalGb: 10 * totalGb,
      usedGb: 0,
      availableGb: 10 * totalGb,
    };
    const short = shortWindow && { ...shortWindow, memoryUsedGb: 0 };
    const seen = { ...rest, memory: empty, shortWindow: short };
    return super.report(id, seen, now);
  }
}

class SellsTheFirstCard extends Balancer {
  override place(ask: Ask, now: number): Decision {
    const decision = super.place(ask, now);
    if (decision.kind !== "placed") return decision;
    const gpus = decision.hold.gpus.map((_, i) => i);
    return { ...decision, hold: { ...decision.hold, gpus } };
  }
}

class AnswersTwice extends Balancer {
  override wait(ask: Ask, now: number, onWaited: OnWaited) {
    return super.wait(ask, now, (waited) => {
      onWaited(waited);
      onWaited(waited);
    });
  }
}

class NeverAnswers extends Balancer {
  override wait() {
    return () => {};
  }
}

class LosesLeases extends Balancer {
  override restoreLease(_record: LeaseRecord, _now: number): boolean {
    return false;
  }
}

class CountsFromOne extends Balancer {
  constructor(options: BalancerOptions) {
    super({ ...options, firstLeaseId: 1 });
  }
}

class EjectsTooMany extends Balancer {
  constructor(options: BalancerOptions) {
    const { ejection } = options;
    super({
      ...options,
      ejection: ejection && { ...ejection, consecutive: 1, maxSharePct: 100 },
    });
  }
}

class ForgetsDeadlines extends Balancer {
  override drain(id: string, by: DrainedBy, now: number): DrainOutcome {
    return super.drain(id, by, now);
  }
}

class ForgetsDrains extends Balancer {
  override restoreDrain(_record: DrainRecord, _now: number): boolean {
    return false;
  }
}

class NeverPanics extends Balancer {
  constructor(options: BalancerOptions) {
    super({ ...options, panic: "fail_closed" });
  }
}

class MiscountsRefusals extends Balancer {
  override place(ask: Ask, now: number): Decision {
    const decision = super.place(ask, now);
    if (decision.kind !== "refused") return decision;
    const tally = { ...decision.tally, cores: decision.tally.cores + 1 };
    return { ...decision, tally };
  }
}

class SaysToAskAtOnce extends Balancer {
  override place(ask: Ask, now: number): Decision {
    const decision = super.place(ask, now);
    return decision.kind === "refused"
      ? { ...decision, retryAfterMs: 0 }
      : decision;
  }
}

/** One that looks at something besides its arguments: how many there were before it. */
class Whimsical extends Balancer {
  static #made = 0;
  constructor(options: BalancerOptions) {
    const luck = Whimsical.#made++;
    super({ ...options, firstLeaseId: (options.firstLeaseId ?? 1) + luck });
  }
}

/** Every planted fault. */
export const PLANTED: readonly Planted[] = [
  planted("forgets releases", ["held"], ForgetsReleases),
  planted("books twice", ["held"], BooksTwice),
  planted("forgets sessions", ["session", "live", "held"], ForgetsSessions),
  planted("forgets keys", ["key", "held"], ForgetsKeys),
  planted("trusts stale reports", ["stale"], TrustsStaleReports),
  planted("ignores probes", ["shortfall", "sticky"], IgnoresProbes),
  planted("ignores exclusions", ["shortfall"], IgnoresExclusions),
  planted("sees empty machines", ["shortfall"], SeesEmptyMachines),
  planted("sells the first card", ["cards"], SellsTheFirstCard),
  planted("answers twice", ["answered"], AnswersTwice),
  planted("never answers", ["answered", "longest"], NeverAnswers),
  planted("loses leases", ["durable"], LosesLeases),
  planted("counts from one", ["numbers"], CountsFromOne),
  planted("ejects too many", ["share"], EjectsTooMany),
  planted("forgets deadlines", ["drained"], ForgetsDeadlines),
  planted("forgets drains", ["drained"], ForgetsDrains),
  planted("never opens in panic", ["panic"], NeverPanics),
  planted("miscounts refusals", ["tally"], MiscountsRefusals),
  planted("says to ask at once", ["retry"], SaysToAskAtOnce),
  planted("is whimsical", ["trace"], Whimsical),
];

function planted(
  fault: string,
  breaks: readonly InvariantName[],
  Faulty: new (options: BalancerOptions) => Balancer,
): Planted {
  return { fault, breaks, build: (options) => new Faulty(options) };
}
