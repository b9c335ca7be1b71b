/** Draws what happens next in a world, from a seed: machines that report, fall silent and return, callers with plans. */
import type { Outcome } from "../../src/engine/ejection.ts";
import { Chance } from "../fuzz/chance.ts";
import { Agenda } from "./agenda.ts";
import { cardsOf, placeOf } from "./settings.ts";
import type { Event, Step } from "./steps.ts";
import { sessionPlan } from "./session_plan.ts";
import type { World } from "./world.ts";

const HOUR_MS = 3_600_000;
const PROBE_EVERY_MS = 60_000;
const SILENT_EVERY_MS = 60_000;
/** One in so many probes is the first of a time in which most probes of all machines fail. */
const FLEET_DEAF_PROBES = 150;
/** In every third world machines are drained, so often in the mean. */
const DRAINING_WORLDS = 3;
const DRAIN_EVERY_MS = 600_000;
/** Where machines change less often than this, some leave for good; elsewhere none would be left. */
const LASTING_REPORTS = 100;
/** Numbers of keys and sessions that callers choose from. */
const NAMES = 12;

/** The source of a world's steps. */
export class Script {
  readonly #world: World;
  readonly #chance: Chance;
  /** For what happens to whole fleets and by operators' hands: such worlds are otherwise like those without. */
  readonly #rareChance: Chance;
  readonly #agenda = new Agenda();
  /** Until when each machine fails probes. */
  readonly #deafUntil: number[];
  /** Until when each machine fails requests. */
  readonly #brokenUntil: number[];
  #callers = 0;

  /** What will happen in this world. */
  constructor(world: World) {
    this.#world = world;
    this.#chance = new Chance(~world.settings.seed);
    const { machines, killEveryMs, seed } = world.settings;
    this.#rareChance = new Chance(seed + 1);
    this.#deafUntil = machines.map(() => 0);
    this.#brokenUntil = machines.map(() => 0);
    for (let machine = 0; machine < machines.length; machine++) {
      this.#join(machine, this.#chance.below(5) === 0 ? HOUR_MS / 4 : 5000);
      this.#agenda.add(this.#upTo(PROBE_EVERY_MS), () => this.#probe(machine));
    }
    this.#agenda.add(SILENT_EVERY_MS, () => this.#forgetSilent());
    this.#agenda.add(this.#gap("sessions"), () => this.#session());
    this.#agenda.add(this.#gap("requests"), () => this.#request());
    if (seed % DRAINING_WORLDS === 0) {
      this.#agenda.add(DRAIN_EVERY_MS, () => this.#drain());
    }
    if (killEveryMs < Infinity) {
      this.#agenda.add(this.#upTo(2 * killEveryMs), () => this.#kill());
    }
  }

  /** The next step; undefined at the end of the world's life. */
  next(): Step | undefined {
    const { lifeMs } = this.#world.settings;
    for (;;) {
      const at = this.#agenda.nextAt;
      if (at > lifeMs) return undefined;
      const event = this.#agenda.take();
      if (event !== undefined) return { ...event, at };
    }
  }

  get #now(): number {
    return this.#agenda.now;
  }

  #upTo(ms: number): number {
    return this.#now + 1 + this.#chance.below(ms);
  }

  /** When the next caller comes: at the same moment now and then, else after an exponential time. */
  #gap(whose: "sessions" | "requests"): number {
    if (this.#chance.below(8) === 0) return this.#now;
    const meanMs = HOUR_MS / this.#world.settings.perHour[whose];
    const share = (1 + this.#chance.below(9999)) / 10_000;
    return this.#now + Math.round(-Math.log(share) * meanMs);
  }

  #join(machine: number, withinMs: number): void {
    this.#agenda.add(this.#upTo(withinMs), () => this.#register(machine));
    this.#agenda.add(this.#now + withinMs + 1, () => this.#report(machine));
  }

  #register(machine: number): Event {
    const endpoint = `http://m${machine}:${8000 + this.#chance.below(3)}`;
    const isSame = this.#chance.below(3) > 0;
    const place = isSame
      ? this.#world.settings.machines[machine]?.place
      : placeOf(this.#chance);
    return { kind: "register", machine, endpoint, place };
  }

  /** A report, and what becomes of the machine afterwards. */
  #report(machine: number): Event {
    const { settings } = this.#world;
    const everyMs = settings.machines[machine]?.reportEveryMs ?? 0;
    const nextAt = this.#now + everyMs + this.#chance.below(everyMs / 5);
    const fate = this.#chance.below(settings.reportsPerChange);
    if (fate === 0) this.#leave(machine);
    else this.#agenda.add(nextAt, () => this.#report(machine));
    if (fate === 1) {
      this.#agenda.add(this.#upTo(everyMs), () => this.#register(machine));
    }
    if (fate === 2) {
      const cardsGb = cardsOf(this.#chance);
      const event = { kind: "cards" as const, machine, cardsGb };
      this.#agenda.add(this.#upTo(everyMs), () => event);
    }
    const drift = (this.#chance.below(201) - 100) / 800;
    const isLost = this.#chance.below(40) === 0;
    return { kind: "report", machine, drift, isLost };
  }

  /** A machine is frozen or away for a while, and registers again as it must or may; or it is gone for good. */
  #leave(machine: number): void {
    const { options, silentForMs, reportsPerChange } = this.#world.settings;
    const isLasting = reportsPerChange >= LASTING_REPORTS;
    if (isLasting && this.#chance.below(10) === 0) return;
    const awayMs = options.staleAfterMs / 2 +
      this.#chance.below(silentForMs * 2);
    const backAt = this.#now + awayMs;
    this.#agenda.add(backAt, () => this.#report(machine));
    const registers = this.#chance.below(2) === 0 || awayMs > silentForMs;
    if (registers) {
      this.#agenda.add(backAt - 1, () => this.#register(machine));
    }
  }

  #probe(machine: number): Event {
    this.#agenda.add(
      this.#now + PROBE_EVERY_MS,
      () => this.#probe(machine),
    );
    if (this.#chance.below(100) === 0) {
      this.#deafUntil[machine] = this.#upTo(6 * PROBE_EVERY_MS);
    }
    if (this.#rareChance.below(FLEET_DEAF_PROBES) === 0) {
      const share = 1 + this.#rareChance.below(6);
      this.#deafUntil.fill(this.#now + share * PROBE_EVERY_MS);
    }
    if (this.#chance.below(60) === 0) {
      this.#brokenUntil[machine] = this.#upTo(10 * PROBE_EVERY_MS);
    }
    const isDeaf = this.#now < (this.#deafUntil[machine] ?? 0);
    const ok = !isDeaf || this.#chance.below(3) === 0;
    const latencyMs = 1 + this.#chance.below(40);
    return { kind: "probe", machine, ok, latencyMs };
  }

  #forgetSilent(): Event {
    this.#agenda.add(this.#now + SILENT_EVERY_MS, () => this.#forgetSilent());
    return this.#chance.below(400) === 0
      ? { kind: "purge" }
      : { kind: "forget_silent" };
  }

  /** A machine is drained for a while, or perhaps for good. */
  #drain(): Event {
    const chance = this.#rareChance;
    const machine = chance.below(this.#world.machines.length);
    const againMs = chance.below(2 * DRAIN_EVERY_MS);
    this.#agenda.add(this.#now + 1 + againMs, () => this.#drain());
    const whileMs = chance.below(2 * DRAIN_EVERY_MS);
    const undrain = { kind: "undrain" as const, machine };
    this.#agenda.add(this.#now + 1 + whileMs, () => undrain);
    const deadlineMs = chance.oneOf([undefined, 0, 20_000, 300_000]);
    return { kind: "drain", machine, deadlineMs };
  }

  #kill(): Event {
    const { killEveryMs } = this.#world.settings;
    const startsAt = this.#upTo(this.#chance.oneOf([1000, 30_000, 400_000]));
    const luck = this.#chance.below(2 ** 20);
    this.#agenda.add(startsAt, () => ({ kind: "start", luck }));
    this.#agenda.add(
      startsAt + this.#chance.below(2 * killEveryMs),
      () => this.#kill(),
    );
    const arrive = this.#chance.below(this.#world.rows.pendingCount + 1);
    return { kind: "kill", arrive };
  }

  #session(): Event {
    this.#agenda.add(this.#gap("sessions"), () => this.#session());
    const caller = ++this.#callers;
    const { holdMs } = this.#world.settings.options;
    for (
      const { afterMs, event } of sessionPlan(this.#chance, caller, holdMs)
    ) {
      this.#agenda.add(this.#now + afterMs, () => event);
    }
    return this.#ask(caller, false, this.#chance.below(5) < 2);
  }

  #request(): Event {
    this.#agenda.add(this.#gap("requests"), () => this.#request());
    const caller = ++this.#callers;
    const durationMs = this.#chance.oneOf([200, 3000, 60_000, 400_000]);
    const endsAt = this.#upTo(durationMs);
    this.#agenda.add(endsAt, () => this.#finish(caller));
    return this.#ask(caller, true, this.#chance.below(4) === 0);
  }

  #ask(caller: number, isRequest: boolean, isSticky: boolean): Event {
    const chance = this.#chance;
    const { settings: { options, machines } } = this.#world;
    const tier = options.tiers[chance.below(options.tiers.length)];
    const waits = chance.below(2) === 0;
    if (waits && chance.below(3) === 0) {
      const leavesAt = this.#upTo(30_000);
      this.#agenda.add(leavesAt, () => ({ kind: "withdraw", caller }));
    }
    const isUsed = isRequest || chance.below(8) > 0;
    return {
      kind: "ask",
      caller,
      tier: tier?.name ?? "",
      stickyId: isSticky ? `s${chance.below(NAMES)}` : undefined,
      idempotencyKey: !isRequest && chance.below(4) === 0
        ? `k${chance.below(NAMES)}`
        : undefined,
      isRequest,
      exclude: chance.below(6) === 0 ? [chance.below(machines.length)] : [],
      place: placeOf(chance),
      waits,
      work: {
        cpuShare: isUsed ? (20 + chance.below(90)) / 100 : 0,
        memoryShare: isUsed ? (30 + chance.below(70)) / 100 : 0,
      },
    };
  }

  /** Nothing when the request is not in flight; it is looked for again while it may wait. */
  #finish(caller: number): Event | undefined {
    const one = this.#world.callers.byNumber.get(caller);
    if (one?.waitsSince !== undefined) {
      this.#agenda.add(this.#upTo(20_000), () => this.#finish(caller));
    }
    if (one?.isInFlight !== true || one.backend === undefined) return undefined;
    const outcome = this.#outcome(one.backend.machine);
    return { kind: "finish", caller, outcome };
  }

  #outcome(machine: number): Outcome {
    const answerMs = 1 + this.#chance.below(300);
    if (this.#chance.below(12) === 0) return { kind: "abandoned" };
    const isBroken = this.#now < (this.#brokenUntil[machine] ?? 0);
    if (isBroken || this.#chance.below(30) === 0) {
      return this.#chance.below(4) === 0
        ? { kind: "timed_out", timeoutMs: 5000 }
        : { kind: "failed", answerMs };
    }
    return { kind: "answered", answerMs };
  }
}
