/**
 * Probes every backend of the fleet once per interval and tells the fleet what came of it. Owner of the schedule and of
 * what is in flight, bounded by the fleet and by `concurrencyMax`. It has no timer: whoever owns it calls `tick` every
 * {@link PROBE_TICK_MS}. Nothing is logged of a single probe; what they change is the fleet's to tell.
 */
import type { ProbeOutcome } from "../engine/health.ts";
import { Rounds, SPREAD_MS } from "../policy/rounds.ts";
import type { Clock, Logger, Prober, ProbeTarget, Random } from "../ports.ts";
import { Suspects } from "./suspects.ts";

/** Time between two looks at who is due: of 5,000 backends and an interval of 10 s, 25 are started each time. */
export const PROBE_TICK_MS = 50;

/**
 * Probes at once. 5,000 backends that all hang for a time-out of 2 s in an interval of 10 s are 1,000 at once; with room
 * for fewer they would be found dead late, just when that matters. Each takes a descriptor and a few hundred bytes.
 */
export const PROBES_IN_FLIGHT_MAX = 1_024;

/** How often the fleet is compared with the schedule, milliseconds: what is new is routable before its first probe. */
const RECONCILE_MS = 1_000;

/** Starts of one tick, as a multiple of what the fleet needs: after a standstill probes come back without a burst. */
const CATCH_UP = 2;

/** What probes are for. */
export interface ProbedFleet {
  /** Every backend. */
  probeTargets(): Iterable<ProbeTarget>;
  /** Takes the outcome of a probe, at a monotonic instant. */
  probe(id: string, outcome: ProbeOutcome, now: number): void;
  /** Probes are switched off: nobody is unhealthy any more, since nothing would ever find out that it is over. */
  forgetProbes(now: number): void;
}

/** Whether and how often backends are probed. */
export type ProbingSettings = { readonly kind: "off" } | {
  readonly kind: "on";
  /** Time between two probes of a backend. */
  readonly intervalMs: number;
  /** Probes at once; {@link PROBES_IN_FLIGHT_MAX} unless the process may open fewer files. */
  readonly concurrencyMax: number;
  /** Failed probes in a row that make a backend unhealthy. */
  readonly unhealthyAfter: number;
};

/** What probing is built from. */
export interface ProbingParts {
  readonly fleet: ProbedFleet;
  readonly prober: Prober;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: ProbingSettings;
}

/** Probes the fleet. Disposing of it drops the outcomes that are still to come. */
export class Probing implements Disposable {
  readonly #parts: ProbingParts;
  readonly #chance: () => number;
  /** By id; replaced when the endpoint changes, so that an outcome knows whether it is about the past. */
  readonly #targets = new Map<string, { latest: ProbeTarget }>();
  readonly #suspects = new Suspects();
  #settings: ProbingSettings = { kind: "off" };
  #rounds = new Rounds(0);
  #inFlight = 0;
  #reconcileAt = -Infinity;
  #isBehind = false;

  /** Probes nobody before the first tick. */
  constructor(parts: ProbingParts) {
    this.#parts = parts;
    this.#chance = () => parts.random.next();
    this.configure(parts.settings);
  }

  /** Probes that are under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Goes on under other settings. */
  configure(settings: ProbingSettings): void {
    const now = this.#parts.clock.monotonicMs();
    const before = this.#settings;
    this.#settings = settings;
    switch (settings.kind) {
      case "off":
        this.#stop();
        if (before.kind === "on") this.#parts.fleet.forgetProbes(now);
        return;
      case "on":
        if (before.kind === "on") {
          this.#rounds.setInterval(settings.intervalMs, now);
        } else this.#rounds = new Rounds(settings.intervalMs);
    }
  }

  /** Requests to this one fail: it is probed now, or after a rest, and soon again until probes say what it is. */
  suspect(id: string): void {
    const settings = this.#settings;
    if (settings.kind === "off" || !this.#targets.has(id)) return;
    const now = this.#parts.clock.monotonicMs();
    const dueAt = this.#suspects.add(id, settings.unhealthyAfter, now);
    if (dueAt !== undefined) this.#rounds.hurry(id, dueAt);
  }

  /** Starts what is due. */
  tick(): void {
    const settings = this.#settings;
    if (settings.kind === "off") return;
    const now = this.#parts.clock.monotonicMs();
    if (now >= this.#reconcileAt) this.#reconcile(now);
    const startsMax = Math.ceil(Math.max(
      PROBE_TICK_MS / SPREAD_MS,
      CATCH_UP * this.#rounds.size * PROBE_TICK_MS / settings.intervalMs,
    ));
    const room = settings.concurrencyMax - this.#inFlight;
    const countMax = Math.min(startsMax, room);
    for (const id of this.#rounds.due(now, countMax, this.#chance)) {
      this.#start(id);
    }
    this.#sayWhenBehind(settings.intervalMs, now);
  }

  [Symbol.dispose](): void {
    this.#settings = { kind: "off" };
    this.#stop();
  }

  /** From now on no outcome finds its target. */
  #stop(): void {
    this.#targets.clear();
    this.#suspects.clear();
    this.#reconcileAt = -Infinity;
    this.#isBehind = false;
  }

  #start(id: string): void {
    const target = this.#targets.get(id);
    if (target === undefined) return;
    this.#inFlight++;
    this.#parts.prober.probe(target.latest, (outcome) => {
      this.#inFlight--;
      if (this.#targets.get(id) === target) this.#take(id, outcome);
    });
  }

  #take(id: string, outcome: ProbeOutcome): void {
    const { clock, fleet, logger } = this.#parts;
    const now = clock.monotonicMs();
    if (this.#settings.kind === "off") return;
    this.#rounds.done(id);
    const again = this.#suspects.probed(id, outcome.ok, now);
    if (again !== undefined) this.#rounds.hurry(id, again);
    try {
      fleet.probe(id, outcome, now);
    } catch (error) {
      // Nobody above could do more: the driver would close a socket, a timer would end the process.
      const data = { backend: id, error };
      logger.error("The outcome of a probe could not be taken", data);
    }
  }

  #reconcile(now: number): void {
    this.#reconcileAt = now + RECONCILE_MS;
    const gone = new Set(this.#targets.keys());
    const newcomers: string[] = [];
    for (const latest of this.#parts.fleet.probeTargets()) {
      const { id, endpoint } = latest;
      gone.delete(id);
      const target = this.#targets.get(id);
      if (target?.latest.endpoint === endpoint) {
        target.latest = latest;
        continue;
      }
      this.#rounds.remove(id);
      this.#targets.set(id, { latest });
      newcomers.push(id);
    }
    for (const id of gone) {
      this.#rounds.remove(id);
      this.#targets.delete(id);
      this.#suspects.forget(id);
    }
    this.#rounds.add(newcomers, now, this.#chance);
  }

  #sayWhenBehind(intervalMs: number, now: number): void {
    const overdueMs = this.#rounds.overdueMs(now);
    const { logger } = this.#parts;
    if (!this.#isBehind && overdueMs > intervalMs) {
      this.#isBehind = true;
      logger.warn(
        "Probes are late: too many hang at once, or this process stood still",
        { overdueMs, inFlight: this.#inFlight, backends: this.#rounds.size },
      );
    } else if (this.#isBehind && overdueMs === 0) {
      this.#isBehind = false;
      logger.info("Probes are on time again");
    }
  }
}
