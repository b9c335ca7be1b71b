/** Those who ask for room in a world: what each was promised, what it runs where, and what it is told. */
import type { Decision, Placed, Refused } from "../../src/engine/decision.ts";
import type { Outcome } from "../../src/engine/ejection.ts";
import type { recordOf } from "../../src/engine/lease_record.ts";
import type { Waited } from "../../src/engine/wait_queue.ts";
import { book, takeAgain } from "./bookings.ts";
import type { Backend, Promised } from "./books.ts";
import { checkRefusal } from "./step_checks.ts";
import type { AskStep } from "./steps.ts";
import { hold } from "./violation.ts";
import { idOf, TICK_MS, type World } from "./world.ts";

/** One caller. */
export interface Caller {
  readonly step: AskStep;
  placed: Placed | undefined;
  /** The backend it was sent to. */
  backend: Backend | undefined;
  /** Whether its request is in flight. */
  isInFlight: boolean;
  /** Since when it waits. */
  waitsSince: number | undefined;
  withdraw: (() => void) | undefined;
  /** How often the queue has answered. */
  answers: number;
}

/** All callers that are about. */
export class Callers {
  readonly byNumber = new Map<number, Caller>();
  /** Those that wait in the queue. */
  readonly waiting = new Set<Caller>();
  readonly #world: World;

  /** Nobody. */
  constructor(world: World) {
    this.#world = world;
  }

  /** A caller asks, and perhaps waits. */
  ask(step: AskStep): void {
    const { balancer, now, at, digest } = this.#world;
    if (balancer === undefined || this.byNumber.has(step.caller)) return;
    const caller: Caller = {
      step,
      placed: undefined,
      backend: undefined,
      isInFlight: false,
      waitsSince: undefined,
      withdraw: undefined,
      answers: 0,
    };
    const { tier, place, stickyId, idempotencyKey, isRequest } = step;
    const exclude = step.exclude.length === 0
      ? undefined
      : new Set(step.exclude.map(idOf));
    const ask = { tier, place, stickyId, idempotencyKey, isRequest, exclude };
    const decision = balancer.place(ask, now);
    this.#hear(caller, decision);
    if (decision.kind !== "refused" || !step.waits) return;
    const onWaited = (waited: Waited) => this.#waited(caller, waited);
    caller.withdraw = balancer.wait(ask, now, onWaited);
    digest.take(caller.withdraw === undefined ? "turned away" : "waits");
    if (caller.withdraw === undefined) return;
    caller.waitsSince = at;
    this.byNumber.set(step.caller, caller);
    this.waiting.add(caller);
  }

  /** A session goes on, perhaps says that it has begun. */
  renew(number: number, isConfirmed: boolean, liveMs: number): void {
    const { balancer, books, rows, at, now } = this.#world;
    const id = this.byNumber.get(number)?.placed?.hold.leaseId;
    if (balancer === undefined || id === undefined) return;
    const promised = books.live.get(id);
    if (promised?.isSingle === true) return;
    const lease = balancer.renew(id, now, { liveMs, isConfirmed });
    const is = lease === undefined ? "has ended" : "is live";
    hold(
      "live",
      (lease === undefined) === (promised === undefined),
      () => `lease ${id} ${is} when it is renewed`,
    );
    if (lease === undefined || promised === undefined) return;
    promised.expiresAt = Math.max(promised.expiresAt, at + liveMs);
    if (isConfirmed) promised.startedAt ??= at;
    const expiresAt = lease.expiresAt + this.#world.bootedAt;
    hold(
      "live",
      expiresAt === promised.expiresAt,
      () => `lease ${id} ends at ${expiresAt}, promised ${promised.expiresAt}`,
    );
    rows.saveLease(this.#record(promised));
  }

  /** A session ends, and says so or does not. */
  end(number: number, says: boolean): void {
    const { balancer, books, rows, now } = this.#world;
    const caller = this.byNumber.get(number);
    if (caller === undefined || caller.isInFlight) return;
    if (caller.waitsSince !== undefined) return this.withdraw(number);
    this.#leaveMachine(caller);
    const { placed } = caller;
    this.byNumber.delete(number);
    if (!says || placed === undefined || balancer === undefined) return;
    const id = placed.hold.leaseId;
    const wasLive = books.end(id);
    if (wasLive) rows.removeLease(id);
    const released = balancer.release(id, now);
    hold(
      "live",
      released === wasLive,
      () =>
        `lease ${id} was ${
          wasLive ? "live" : "over"
        }, release says ${released}`,
    );
  }

  /** A request's end is seen. */
  finish(number: number, outcome: Outcome): void {
    const { balancer, books, now } = this.#world;
    const caller = this.byNumber.get(number);
    const placed = caller?.placed;
    if (caller?.isInFlight !== true || placed === undefined) return;
    if (balancer === undefined || caller.backend === undefined) return;
    caller.isInFlight = false;
    caller.backend.inFlight--;
    this.#leaveMachine(caller);
    this.byNumber.delete(number);
    const promised = books.live.get(placed.lease.id);
    if (promised !== undefined) promised.inFlight--;
    if (promised?.isSingle === true) books.end(promised.id);
    else if (promised !== undefined) {
      const { holdMs } = this.#world.settings.options;
      const longer = this.#world.at + holdMs;
      promised.expiresAt = Math.max(promised.expiresAt, longer);
    }
    balancer.finish(placed.lease, outcome, now);
  }

  /** A waiting caller leaves. */
  withdraw(number: number): void {
    const caller = this.byNumber.get(number);
    if (caller?.waitsSince === undefined) return;
    this.#stopWaiting(caller);
    caller.answers++;
    caller.withdraw?.();
  }

  /** The server's process is gone: requests break, nobody waits, who was not told of a lease has none. */
  lostServer(): void {
    const { rows } = this.#world;
    for (const [number, caller] of this.byNumber) {
      const id = caller.placed?.hold.leaseId;
      const isOver = caller.isInFlight || id === undefined ||
        !rows.leases.has(id);
      if (!isOver) continue;
      this.#leaveMachine(caller);
      this.byNumber.delete(number);
    }
    this.waiting.clear();
  }

  /** Everybody leaves. */
  leave(): void {
    for (const [number, caller] of [...this.byNumber]) {
      if (caller.isInFlight) this.finish(number, { kind: "abandoned" });
      else if (caller.waitsSince !== undefined) this.withdraw(number);
      else this.end(number, false);
    }
  }

  #stopWaiting(caller: Caller): void {
    caller.waitsSince = undefined;
    this.waiting.delete(caller);
    this.byNumber.delete(caller.step.caller);
  }

  #waited(caller: Caller, waited: Waited): void {
    const { at, settings: { options } } = this.#world;
    caller.answers++;
    const { step: { caller: number }, waitsSince } = caller;
    hold(
      "answered",
      caller.answers === 1 && waitsSince !== undefined,
      () => `caller ${number} is told ${waited.kind}, answer ${caller.answers}`,
    );
    const waitedMs = at - waitsSince;
    this.#stopWaiting(caller);
    const limitMs = (options.queue?.waitMsMax ?? 0) + TICK_MS;
    hold(
      "longest",
      waitedMs <= limitMs && waited.waitedMs === waitedMs,
      () =>
        `caller ${number} waited ${waitedMs} ms, is told ${waited.waitedMs}`,
    );
    this.#hear(caller, waited);
  }

  #hear(caller: Caller, decision: Decision): void {
    const { digest, books } = this.#world;
    digest.take(decision.kind);
    switch (decision.kind) {
      case "placed":
        return this.#placed(caller, decision);
      case "refused":
        return this.#refused(caller, decision);
      case "key_reused": {
        const { idempotencyKey = "", tier } = caller.step;
        const other = books.ofKey(idempotencyKey)?.tier.name;
        hold(
          "key",
          other !== undefined && other !== tier,
          () =>
            `"${idempotencyKey}" is said to be for another tier, not ${other}`,
        );
        return;
      }
      case "unknown_tier":
        hold("calm", false, () => `there is no tier ${decision.tier}`);
    }
  }

  #refused({ step }: Caller, refused: Refused): void {
    this.#world.digest.take(`${refused.retryAfterMs}`);
    checkRefusal(this.#world, step, refused);
  }

  #placed(caller: Caller, placed: Placed): void {
    const world = this.#world;
    const { step } = caller;
    const { books, backends, at } = world;
    const { leaseId, gpus } = placed.hold;
    world.digest.take(`${leaseId} ${placed.backendId} ${gpus}`);
    const backend = backends.get(placed.backendId);
    hold(
      "shortfall",
      backend !== undefined,
      () =>
        `caller ${step.caller} is sent to ${placed.backendId}, which is gone`,
    );
    const known = books.live.get(leaseId);
    if (known === undefined) book(world, step, placed, backend);
    else takeAgain(world, step, placed, known);
    caller.placed = placed;
    caller.backend = backend;
    this.byNumber.set(step.caller, caller);
    const promised = books.live.get(leaseId)!;
    if (step.isRequest) {
      caller.isInFlight = true;
      backend.inFlight++;
      promised.inFlight++;
      if (!promised.isSingle) promised.startedAt ??= at;
    }
    if (!promised.isSingle) this.#keep(step, promised);
    const { tier } = promised;
    if (known === undefined && step.work.cpuShare > 0) {
      const machine = world.machines[backend.machine];
      machine?.begin(step.caller, tier, step.work, gpus, at);
    }
  }

  #keep(step: AskStep, promised: Promised): void {
    const { rows } = this.#world;
    rows.saveLease(this.#record(promised));
    const { stickyId, tier: { name: tier }, backendId } = promised;
    const isOwn = stickyId !== undefined && stickyId === step.stickyId;
    if (isOwn) rows.saveSticky({ stickyId, tier, backendId });
  }

  #record(promised: Promised): ReturnType<typeof recordOf> {
    const { tier, isSingle: _, isShown: __, inFlight: ___, ...names } =
      promised;
    return { ...names, tier: tier.name };
  }

  #leaveMachine({ backend, step }: Caller): void {
    if (backend === undefined) return;
    const { machines, at } = this.#world;
    machines[backend.machine]?.end(step.caller, at);
  }
}
