/** Probing in virtual time: a fleet, a prober and a clock in the hands of a test. */
import type { ProbeOutcome } from "../../src/engine/health.ts";
import {
  PROBE_TICK_MS,
  type ProbedFleet,
  PROBES_IN_FLIGHT_MAX,
  Probing,
  type ProbingSettings,
} from "../../src/probe/probing.ts";
import type { ProbeTarget } from "../../src/ports.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { SeededRandom } from "../fakes/random.ts";

/** As a server has it by default. */
export const ON = {
  kind: "on",
  intervalMs: 10_000,
  concurrencyMax: PROBES_IN_FLIGHT_MAX,
  unhealthyAfter: 3,
} as const satisfies ProbingSettings;

/** What becomes of a probe, and after how long. */
export interface Fate {
  readonly outcome: ProbeOutcome;
  readonly afterMs: number;
}

/** One probe that was started. */
export interface Started {
  readonly at: number;
  readonly endpoint: string;
}

/** What the fleet was told. */
export interface Told {
  readonly id: string;
  readonly outcome: ProbeOutcome;
  readonly now: number;
}

/** A server that answers after 3 ms. */
export const WELL: Fate = {
  outcome: { ok: true, latencyMs: 3 },
  afterMs: 3,
};

/** Everything that probing stands on. */
export class ProbingWorld {
  readonly clock: FakeClock = new FakeClock(1_000);
  readonly logger: FakeLogger = new FakeLogger();
  readonly targets = new Map<string, ProbeTarget>();
  /** Every probe, oldest first. */
  readonly started: Started[] = [];
  readonly told: Told[] = [];
  /** When the fleet was told that probes are off. */
  readonly forgotten: number[] = [];
  readonly probing: Probing;
  /** Most probes that were under way at a time. */
  inFlightMost = 0;
  /** Where the backend of the latest probe registered from. */
  probedFrom: string | undefined;
  /** Whether the fleet fails to take outcomes. */
  refuses = false;
  fateOf: (endpoint: string) => Fate = () => WELL;
  #underWay: { readonly endsAt: number; readonly end: () => void }[] = [];

  /** A fleet of so many. */
  constructor(count: number, settings: ProbingSettings = ON) {
    for (let at = 0; at < count; at++) this.register(`b${at}`);
    this.probing = new Probing({
      fleet: this.#fleet(),
      prober: {
        probe: (target, onDone) => this.#probe(target, onDone),
      },
      clock: this.clock,
      random: new SeededRandom(7),
      logger: this.logger,
      settings,
    });
  }

  /** A backend registers, perhaps again. */
  register(
    id: string,
    endpoint = `http://${id}.example`,
    registeredFrom = "",
  ): void {
    const publicIp = "";
    this.targets.set(id, { id, endpoint, publicIp, registeredFrom });
  }

  /** Lets time pass tick by tick. */
  run(ms: number): void {
    const until = this.clock.monotonicMs() + ms;
    while (this.clock.monotonicMs() < until) {
      this.clock.advance(PROBE_TICK_MS);
      const now = this.clock.monotonicMs();
      const over = this.#underWay.filter(({ endsAt }) => endsAt <= now);
      this.#underWay = this.#underWay.filter(({ endsAt }) => endsAt > now);
      for (const { end } of over) end();
      this.probing.tick();
      this.inFlightMost = Math.max(this.inFlightMost, this.#underWay.length);
    }
  }

  /** When each endpoint was probed. */
  times(): Map<string, number[]> {
    const times = new Map<string, number[]>();
    for (const { at, endpoint } of this.started) {
      const list = times.get(endpoint) ?? [];
      times.set(endpoint, list);
      list.push(at);
    }
    return times;
  }

  /** Times between two probes of one endpoint, of all of them. */
  gaps(): number[] {
    return [...this.times().values()].flatMap((times) =>
      times.slice(1).map((at, index) => at - (times[index] ?? at))
    );
  }

  /** Most probes that were started within any `windowMs`. */
  startedMost(windowMs: number): number {
    let most = 0;
    let first = 0;
    for (const [index, { at }] of this.started.entries()) {
      while ((this.started[first]?.at ?? at) <= at - windowMs) first++;
      most = Math.max(most, index - first + 1);
    }
    return most;
  }

  #fleet(): ProbedFleet {
    return {
      probeTargets: () => this.targets.values(),
      probe: (id, outcome, now) => {
        if (this.refuses) throw new Error("The fleet's own fault");
        this.told.push({ id, outcome, now });
      },
      forgetProbes: (now) => {
        this.forgotten.push(now);
      },
    };
  }

  #probe(
    { endpoint, registeredFrom }: ProbeTarget,
    onDone: (outcome: ProbeOutcome) => void,
  ): void {
    const at = this.clock.monotonicMs();
    const { outcome, afterMs } = this.fateOf(endpoint);
    this.started.push({ at, endpoint });
    this.probedFrom = registeredFrom;
    this.#underWay.push({ endsAt: at + afterMs, end: () => onDone(outcome) });
  }
}
