/**
 * One world: machines, callers and a server with the real balancer, in simulated time. Steps come from outside; after
 * each of them everything that must hold is checked. Instants are milliseconds since the world began; the balancer
 * hears them on its process's own clock.
 */
import type { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { FleetEvent } from "../../src/engine/fleet_event.ts";
import { Backend, Books } from "./books.ts";
import { Callers } from "./callers.ts";
import { Digest } from "./digest.ts";
import { Machine } from "./machine.ts";
import { Rows } from "./rows.ts";
import { restart } from "./restart.ts";
import type { MachineKind, Settings } from "./settings.ts";
import {
  checkDrained,
  checkEjection,
  checkEnd,
  checkStep,
} from "./step_checks.ts";
import type { RegisterStep, ReportStep, Step } from "./steps.ts";
import { hold, Violation } from "./violation.ts";

/** Makes the balancer of a world, or one with a fault. */
export type Build = (options: BalancerOptions) => Balancer;

/** The server looks at time so often while anybody waits, milliseconds. */
export const TICK_MS = 1000;

/** The world. */
export class World {
  readonly settings: Settings;
  /** Whether everything is checked after each step, or time only passes as it would. */
  readonly #isChecked: boolean;
  readonly build: Build;
  readonly machines: readonly Machine[];
  readonly backends = new Map<string, Backend>();
  /** Ids of backends that were forgotten while an operator drained them. */
  readonly goneDrained = new Set<string>();
  readonly books = new Books();
  readonly rows = new Rows();
  readonly digest = new Digest();
  readonly callers: Callers;
  /** The server's balancer; undefined while the server is down. */
  balancer: Balancer | undefined;
  /** When the server's process began. */
  bootedAt = 0;
  /** Now. */
  at = 0;
  /** Whether it was told that probes are not believed. */
  isOpen = false;
  /** How often the server has started. */
  starts = 0;

  /** Machines that have not registered and a server that knows nobody. */
  constructor(settings: Settings, build: Build, isChecked = true) {
    this.settings = settings;
    this.#isChecked = isChecked;
    this.build = build;
    this.machines = settings.machines.map((kind: MachineKind) =>
      new Machine(kind)
    );
    this.callers = new Callers(this);
    restart(this, 0);
  }

  /** The balancer's clock. */
  get now(): number {
    return this.at - this.bootedAt;
  }

  /** Lives through one step; throws a {@link Violation}. */
  apply(step: Step): void {
    this.#guarded(() => {
      if (step.kind !== "kill") this.rows.commit();
      this.#advance(step.at);
      this.#act(step);
      if (this.#isChecked) checkStep(this);
      else this.balancer?.sweep(this.now);
    });
  }

  /** Everybody leaves, all leases expire, and nothing may be left. */
  finish(): void {
    this.#guarded(() => {
      this.rows.commit();
      if (this.balancer === undefined) restart(this, 0);
      this.callers.leave();
      checkStep(this);
      let last = this.at;
      for (const { expiresAt } of this.books.live.values()) {
        last = Math.max(last, expiresAt);
      }
      this.#advance(last);
      checkStep(this);
      checkEnd(this);
    });
  }

  /** The balancer tells what happens to its backends; instants are of its clock. */
  heard(event: FleetEvent): void {
    this.digest.take(Object.values(event).join());
    if (event.kind === "panic" || event.kind === "calm") {
      this.isOpen = event.kind === "panic" && event.isOpen;
      return;
    }
    const { kind, backendId } = event;
    if (kind === "undrained") this.goneDrained.delete(backendId);
    const backend = this.backends.get(backendId);
    if (backend === undefined) return;
    if (kind === "drained") checkDrained(this, backend, event);
    backend.heard(event);
    if (kind === "ejected") checkEjection(this, backendId, event.until);
    if (kind === "returned") checkEjection(this, backendId, undefined);
  }

  /** A lease is over because a drain is. */
  drainEnded(id: number): void {
    hold("live", this.books.end(id), () => `lease ${id} had ended`);
    this.rows.removeLease(id);
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (error instanceof Violation) throw error;
      throw new Violation("calm", String(error), error);
    }
  }

  #advance(to: number): void {
    if (this.balancer !== undefined && this.callers.waiting.size > 0) {
      const first = TICK_MS - this.now % TICK_MS;
      for (let at = this.at + first; at < to; at += TICK_MS) {
        this.at = at;
        this.books.expire(at, this.settings.options.holdMs);
        this.balancer.sweep(this.now);
      }
    }
    this.at = Math.max(this.at, to);
    if (this.balancer !== undefined) {
      this.books.expire(this.at, this.settings.options.holdMs);
      const isLate = (one: Backend) => one.deadlineAt <= this.at;
      if (this.backends.values().some(isLate)) this.balancer.sweep(this.now);
    }
  }

  #act(step: Step): void {
    const { balancer, at } = this;
    switch (step.kind) {
      case "register":
        return this.#register(step);
      case "report":
        return this.#report(step);
      case "cards":
        this.machines[step.machine]?.changeCards(step.cardsGb, at);
        return;
      case "probe": {
        const id = idOf(step.machine);
        this.backends.get(id)?.probed(step.ok, this.settings.options.health);
        balancer?.probe(id, step, this.now);
        return;
      }
      case "ask":
        return this.callers.ask(step);
      case "renew":
        return this.callers.renew(step.caller, step.isConfirmed, step.liveMs);
      case "end":
        return this.callers.end(step.caller, step.says);
      case "finish":
        return this.callers.finish(step.caller, step.outcome);
      case "withdraw":
        return this.callers.withdraw(step.caller);
      case "drain":
        return this.#drain(idOf(step.machine), step.deadlineMs);
      case "undrain": {
        const answer = balancer?.undrain(
          idOf(step.machine),
          "operator",
          this.now,
        );
        this.digest.take(`${answer}`);
        if (answer === "undrained") this.#saveDrains();
        return;
      }
      case "forget_silent":
        return this.#forgetSilent();
      case "purge": {
        if (balancer === undefined) return;
        // Whoever waits and is served by the time that has passed is purged as well.
        if (this.callers.waiting.size > 0) balancer.sweep(this.now);
        const ended = this.books.endAll(() => true);
        for (const { id } of ended) this.rows.removeLease(id);
        const count = balancer.releaseAll(this.now);
        hold(
          "live",
          count === ended.length,
          () => `${count} leases were purged of ${ended.length}`,
        );
        return;
      }
      case "kill":
        if (balancer === undefined) return;
        this.rows.crash(step.arrive);
        this.balancer = undefined;
        this.callers.lostServer();
        return;
      case "start":
        if (balancer === undefined) restart(this, step.luck);
    }
  }

  #register({ machine, endpoint, place }: RegisterStep): void {
    const truly = this.machines[machine];
    if (truly === undefined || this.balancer === undefined) return;
    const { kind: { cores, memoryGb, diskGb }, cardCount } = truly;
    const id = idOf(machine);
    const registration = {
      id,
      hostname: id,
      publicIp: "",
      localIp: "",
      place,
      totalCores: cores,
      totalMemoryGb: memoryGb,
      totalStorageGb: diskGb,
      totalGpus: cardCount,
      gpuModels: [],
      endpoint,
      endpoints: [],
    };
    const known = this.backends.get(id);
    const answer = this.balancer.register(registration, this.now);
    this.digest.take(answer);
    if (answer === "fleet_full") return;
    if (known === undefined) {
      const backend = new Backend(machine, registration, this.at);
      backend.isDraining = backend.isDrained = this.goneDrained.delete(id);
      this.backends.set(id, backend);
    } else {
      known.registration = registration;
      known.lastSeenAt = this.at;
    }
    this.rows.saveRegistration(registration, machine, this.at);
  }

  #report({ machine, drift, isLost }: ReportStep): void {
    const { at } = this;
    const id = idOf(machine);
    const report = this.machines[machine]?.report(at, drift);
    const backend = this.backends.get(id);
    const isHeard = report !== undefined && backend !== undefined && !isLost;
    if (!isHeard || this.balancer === undefined) return;
    backend.report = report;
    backend.reportedAt = backend.lastSeenAt = at;
    backend.shown = { vcpu: 0, memoryGb: 0 };
    for (const one of this.books.on(id)) {
      if (one.startedAt !== undefined && one.startedAt < at) one.isShown = true;
      if (!one.isSingle) continue;
      backend.shown = {
        vcpu: backend.shown.vcpu + one.tier.vcpu,
        memoryGb: backend.shown.memoryGb + one.tier.memoryGb,
      };
    }
    this.rows.saveReport(id, report, at);
    this.balancer.report(id, report, this.now);
  }

  #drain(id: string, deadlineMs: number | undefined): void {
    const backend = this.backends.get(id);
    if (backend === undefined || this.balancer === undefined) return;
    if (deadlineMs !== undefined) backend.deadlineAt = this.at + deadlineMs;
    const options = { deadlineMs, unavailableMax: 3 };
    const { now } = this;
    const { kind } = this.balancer.drain(id, "operator", now, options);
    this.digest.take(kind);
    if (!backend.isDraining || backend.isDrained) backend.deadlineAt = Infinity;
    this.#saveDrains();
  }

  #saveDrains(): void {
    const { now, bootedAt, balancer, rows } = this;
    rows.saveDrains((balancer?.drains(now) ?? []).map((drain) => ({
      ...drain,
      since: drain.since + bootedAt,
      deadlineAt: drain.deadlineAt && drain.deadlineAt + bootedAt,
    })));
  }

  #forgetSilent(): void {
    const { silentForMs } = this.settings;
    if (this.balancer === undefined || this.now <= silentForMs) return;
    const silent = [...this.backends].filter(([, { lastSeenAt }]) =>
      this.at - lastSeenAt > silentForMs
    ).map(([id]) => id);
    this.books.endAll(({ backendId }) => silent.includes(backendId));
    for (const id of silent) {
      if (this.backends.get(id)?.isDraining) this.goneDrained.add(id);
      this.backends.delete(id);
    }
    const gone = this.balancer.removeSilent(silentForMs, this.now);
    hold(
      "live",
      gone.length === silent.length,
      () => `[${gone}] were forgotten, [${silent}] are silent`,
    );
    if (gone.length > 0) this.rows.removeBackends(gone);
    this.digest.take(gone.join());
  }
}

/** The id of a machine's backend. */
export function idOf(machine: number): string {
  return `m${machine}`;
}
