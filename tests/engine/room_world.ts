/**
 * A small fleet, its callers and a clock: steps of any kind in any order, every placement held against
 * {@link RoomModel}, every total against the leases that live. Same steps, same trace.
 */
import assert from "node:assert/strict";
import { Balancer } from "../../src/engine/balancer.ts";
import type { Ask, Decision, Placed } from "../../src/engine/decision.ts";
import type { Outcome } from "../../src/engine/ejection.ts";
import type { FleetEvent } from "../../src/engine/fleet_event.ts";
import type { AdaptiveOptions } from "../../src/engine/routing_options.ts";
import { type Next, OPTIONS, stream } from "./fleets.ts";
import { registered } from "./machines.ts";
import {
  askOf,
  CORES,
  outcomeOf,
  PLAIN_SECONDS,
  reportOf,
  sentBy,
  sharesOf,
  SHORT_SECONDS,
  TIERS,
} from "./room_machines.ts";
import { type ModelLease, RoomModel } from "./room_model.ts";

/** One thing that happens: after how long, what (0 to 99), and to whom. */
export interface Step {
  readonly waitMs: number;
  readonly choice: number;
  readonly who: number;
  readonly what: number;
}

const STALE_MS = 110_000;
const HOLD_MS = 45_000;
const NOT_OVER_MS = 1000 * PLAIN_SECONDS;

/** One machine with what is known of it outside the engine. */
interface Host {
  readonly id: string;
  readonly room: RoomModel;
  /** Whether it sends a short window beside its averages. */
  readonly sendsShort: boolean;
}

/** The world. */
export class RoomWorld {
  readonly trace: string[] = [];
  now = 0;
  placements = 0;
  readonly #balancer: Balancer;
  readonly #hosts: readonly Host[];
  readonly #ejected = new Set<string>();
  readonly #draining = new Set<string>();
  readonly #drained = new Set<string>();
  readonly #requests = new Map<Placed, Host>();
  readonly #withdrawals = new Set<() => void>();

  constructor(options: AdaptiveOptions, seed: number) {
    const next = stream(seed);
    const shares = sharesOf(options);
    this.#balancer = new Balancer({
      ...OPTIONS,
      tiers: TIERS,
      routing: { mode: "adaptive", options },
      staleAfterMs: STALE_MS,
      holdMs: HOLD_MS,
      queue: next() < 0.5 ? undefined : { lengthMax: 4, waitMsMax: 40_000 },
      maxSticky: 6,
      chance: next,
      panic: next() < 0.5 ? "fail_open" : "fail_closed",
      onEvent: (event) => this.#heard(event),
      onLeaseEnded: (id) => {
        for (const { room } of this.#hosts) room.live.delete(id);
      },
    });
    this.#hosts = Array.from({ length: 1 + Math.floor(next() * 3) }, (_, i) => {
      const id = `b${i}`;
      const host = {
        id,
        room: new RoomModel(CORES, shares),
        sendsShort: next() < 0.5,
      };
      this.#balancer.register(registered(id), 0);
      return host;
    });
    for (const host of this.#hosts) this.#report(host, stream(seed + 1));
  }

  /** Lets one thing happen and checks everything. */
  step(step: Step): void {
    this.now += 1 + step.waitMs;
    this.#expire();
    this.#act(step);
    this.#check();
  }

  /** Ends everything, and fills every machine to the brim with a tier that takes it whole. */
  finish(): void {
    for (const { id } of this.#hosts) {
      this.#balancer.undrain(id, "operator", this.now);
    }
    for (const withdraw of this.#withdrawals) withdraw();
    for (const [placed, host] of this.#requests) {
      this.#finish(placed, host, { kind: "answered", answerMs: 5 });
    }
    for (const lease of this.#balancer.leases(this.now)) {
      for (const { room } of this.#hosts) room.live.delete(lease.id);
      assert.equal(this.#balancer.release(lease.id, this.now), true);
    }
    for (const { held } of this.#balancer.backends(this.now)) {
      assert.deepEqual(held, {
        leases: 0,
        vcpu: 0,
        memoryGb: 0,
        storageGb: 0,
      });
    }
    // After ejections, with probes that pass again.
    for (let i = 0; i < 2; i++) {
      this.now += 100_000;
      for (const host of this.#hosts) {
        this.#balancer.probe(host.id, { ok: true, latencyMs: 1 }, this.now);
        this.#report(host, () => 0);
      }
    }
    for (const _ of this.#hosts) this.#place({ tier: "machine" });
    assert.equal(
      this.#balancer.leaseCount,
      this.#hosts.length,
      "an empty machine is not seen in full",
    );
    assert.equal(this.#place({ tier: "machine" }).kind, "refused");
  }

  #act({ choice, who, what }: Step): void {
    const host = this.#hosts[who % this.#hosts.length]!;
    // Known without asking the engine, which would see by itself then what time has ended.
    const leases = this.#hosts.flatMap(({ room }) => [...room.live.values()])
      .filter((lease) => !lease.isRequest);
    const lease = leases[what % Math.max(1, leases.length)];
    if (choice < 22) this.#report(host, stream(1000 * who + what));
    else if (choice < 25) this.#probe(host, what);
    else if (choice < 37) this.#finishOne(what);
    else if (choice < 45) this.#renew(lease?.id, what % 3 > 0);
    else if (choice < 52) this.#release(lease?.id);
    else if (choice < 54) {
      this.#balancer.register(registered(host.id), this.now);
    } else if (choice < 55) {
      for (const withdraw of this.#withdrawals) withdraw();
    } else if (choice < 57) this.#drain(host, what);
    else if (choice < 59) {
      const by = what % 3 > 0 ? "operator" : "agent";
      this.#balancer.undrain(host.id, by, this.now);
    } else this.#ask(who, what);
  }

  #ask(who: number, what: number): void {
    const ask = askOf(who, what);
    const decision = this.#place(ask);
    if (decision.kind !== "refused") return;
    const withdraw = this.#balancer.wait(ask, this.now, (waited) => {
      if (withdraw !== undefined) this.#withdrawals.delete(withdraw);
      this.#note("waited", waited.kind);
      if (waited.kind === "placed") this.#taken(ask, waited);
    });
    if (withdraw !== undefined) this.#withdrawals.add(withdraw);
  }

  #place(ask: Ask): Decision {
    const plan = this.#balancer.explain(ask, this.now);
    const lived = new Set(this.#balancer.leases(this.now).map(({ id }) => id));
    const decision = this.#balancer.place(ask, this.now);
    this.#note("place", decision.kind);
    if (decision.kind === "refused") {
      const counted = Object.values(decision.tally).reduce((a, b) => a + b, 0);
      assert.equal(counted, this.#hosts.length, "the tally sums to the fleet");
      assert.equal(decision.fleetSize, this.#hosts.length);
    }
    if (decision.kind !== "placed") return decision;
    this.#taken(ask, decision);
    if (!lived.has(decision.hold.leaseId)) {
      const chosen = plan?.candidates
        .find(({ backendId }) => backendId === decision.backendId);
      assert.equal(chosen?.kind, "fits", "something was missing there");
    }
    return decision;
  }

  /** Counts a placement: a lease that lived already, or a new one that there must be room for. */
  #taken(ask: Ask, placed: Placed): void {
    const { hold, backendId } = placed;
    const host = this.#hosts.find(({ id }) => id === backendId)!;
    const { room } = host;
    this.#note(backendId, hold.leaseId, hold.gpus.join());
    let lease = room.live.get(hold.leaseId);
    if (lease === undefined) {
      const { at = -Infinity } = room.report ?? {};
      assert.ok(this.now - at <= STALE_MS, "its report is stale");
      assert.ok(!this.#ejected.has(backendId), "it is ejected");
      assert.ok(!this.#draining.has(backendId), "it is being drained");
      assert.ok(ask.exclude?.has(backendId) !== true, "it is excluded");
      lease = this.#open(ask, placed);
      assert.equal(room.objection(lease), undefined);
      room.live.set(lease.id, lease);
      this.placements++;
    }
    lease.expiresAt = hold.expiresAt;
    if (ask.isRequest !== true) return;
    lease.startedAt ??= lease.isRequest ? undefined : this.now;
    this.#requests.set(placed, host);
  }

  #open(ask: Ask, { hold }: Placed): ModelLease {
    const needs = TIERS.find(({ name }) => name === ask.tier)!;
    // A session that moves leaves its old room behind.
    for (const { room } of this.#hosts) {
      for (const [id, old] of room.live) {
        const isSame = old.stickyId === ask.stickyId && old.tier === needs;
        if (ask.stickyId !== undefined && isSame) room.live.delete(id);
      }
    }
    return {
      id: hold.leaseId,
      tier: needs,
      gpus: hold.gpus,
      isRequest: ask.isRequest === true && ask.stickyId === undefined,
      stickyId: ask.stickyId,
      startedAt: undefined,
      expiresAt: hold.expiresAt,
      hidesCards: true,
    };
  }

  #report(host: Host, next: Next): void {
    const { room } = host;
    const sinceMs = this.now - (room.report?.at ?? -Infinity);
    if (!host.sendsShort && sinceMs < NOT_OVER_MS) return;
    const report = reportOf(next);
    const used = CORES * (report.coreUsagePct[0] ?? 0) / 100;
    room.take({
      at: this.now,
      absorbMs: 1000 * (host.sendsShort ? SHORT_SECONDS : PLAIN_SECONDS),
      coresUsed: used,
      memoryFreeGb: report.memory.availableGb,
      diskFreeGb: report.disk.availableGb,
      cards: report.gpus.map((gpu) => ({
        deviceId: gpu.deviceId,
        usePct: gpu.utilizationPct,
        totalGb: gpu.memoryTotalGb,
        freeGb: gpu.memoryTotalGb - gpu.memoryUsedGb,
      })),
    });
    this.#note("report", host.id);
    this.#balancer.report(host.id, sentBy(host.sendsShort, report), this.now);
  }

  #probe({ id }: Host, what: number): void {
    const count = what % 4;
    for (let i = 0; i < count; i++) {
      this.#balancer.probe(
        id,
        what % 2 > 0 ? { ok: false } : { ok: true, latencyMs: what },
        this.now,
      );
    }
  }

  #finishOne(what: number): void {
    const all = [...this.#requests];
    const one = all[what % Math.max(1, all.length)];
    if (one === undefined) return;
    this.#finish(...one, outcomeOf(what));
  }

  #finish(placed: Placed, { room }: Host, outcome: Outcome): void {
    this.#requests.delete(placed);
    const lease = room.live.get(placed.hold.leaseId);
    if (placed.lease.isRequest) room.live.delete(placed.hold.leaseId);
    else if (lease !== undefined) {
      lease.expiresAt = Math.max(lease.expiresAt, this.now + HOLD_MS);
    }
    this.#note("finish", placed.hold.leaseId, outcome.kind);
    this.#balancer.finish(placed.lease, outcome, this.now);
  }

  #renew(id: number | undefined, isConfirmed: boolean): void {
    if (id === undefined) return;
    const renewed = this.#balancer.renew(id, this.now, { isConfirmed });
    const lease = this.#modelOf(id);
    if (lease === undefined || renewed === undefined) return;
    lease.expiresAt = renewed.expiresAt;
    if (isConfirmed) lease.startedAt ??= this.now;
  }

  #release(id: number | undefined): void {
    if (id === undefined) return;
    // Whoever waits for its session may get it again, or move it, as time passes before it is released.
    this.#balancer.sweep(this.now);
    for (const { room } of this.#hosts) room.live.delete(id);
    this.#note("release", id);
    this.#balancer.release(id, this.now);
  }

  #expire(): void {
    for (const { room } of this.#hosts) {
      for (const [id, lease] of room.live) {
        if (lease.expiresAt > this.now) continue;
        // A session with a request on its way lives on.
        const isUsed = [...this.#requests.keys()].some(({ hold }) =>
          hold.leaseId === id
        );
        if (isUsed) lease.expiresAt = this.now + HOLD_MS;
        else room.live.delete(id);
      }
    }
  }

  #check(): void {
    const views = this.#balancer.backends(this.now);
    for (const [index, { room }] of this.#hosts.entries()) {
      assert.deepEqual(views[index]?.held, room.held());
    }
    const isOpen = this.#balancer.panic(this.now)?.isOpen === true;
    const sessions = this.#balancer.leases(this.now)
      .filter(({ stickyId }) => stickyId !== undefined)
      .map((lease) => `${lease.stickyId} ${lease.tier.name}`);
    assert.equal(new Set(sessions).size, sessions.length, "one lease each");
    for (const { backendId } of this.#balancer.assignments()) {
      const view = views.find(({ registration: { id } }) => id === backendId);
      const isTrusted = view?.health !== "unhealthy" || isOpen;
      assert.ok(isTrusted, "assigned to the unhealthy");
      assert.ok(!this.#ejected.has(backendId), "assigned to the ejected");
      const isLeft = view?.drain?.state === "drained" &&
        view.drain.by.includes("operator");
      assert.ok(!isLeft, "assigned to what an operator drained");
    }
    for (const { registration: { id }, drain } of views) {
      assert.equal(drain !== undefined, this.#draining.has(id), "not told");
      assert.equal(drain?.state === "drained", this.#drained.has(id));
      if (drain?.state === "drained") assert.equal(drain.sessions, 0);
    }
  }

  #drain({ id }: Host, what: number): void {
    const by = what % 2 > 0 ? "operator" : "agent";
    const deadlineMs = what % 3 > 0 ? 100 * what : undefined;
    const unavailableMax = what % 5 > 0 ? undefined : 1;
    const options = { deadlineMs, unavailableMax };
    const { kind } = this.#balancer.drain(id, by, this.now, options);
    this.#note("drain", id, kind);
    assert.notEqual(kind, "unknown_backend");
  }

  #heard(event: FleetEvent): void {
    this.#note(...Object.values(event));
    if (event.kind === "panic" || event.kind === "calm") return;
    const { kind, backendId } = event;
    switch (kind) {
      case "ejected":
        assert.ok(!this.#ejected.has(backendId), "ejected twice");
        this.#ejected.add(backendId);
        return;
      case "returned":
        assert.ok(this.#ejected.delete(backendId), "returned unasked");
        return;
      case "draining":
        assert.ok(!this.#draining.has(backendId), "told twice");
        this.#draining.add(backendId);
        return;
      case "drained":
        assert.ok(this.#draining.has(backendId), "drained unasked");
        assert.ok(!this.#drained.has(backendId), "told twice");
        this.#drained.add(backendId);
        return;
      case "undrained":
        this.#drained.delete(backendId);
        assert.ok(this.#draining.delete(backendId), "undrained unasked");
        return;
      case "unhealthy":
      case "healthy":
        return;
    }
  }

  #modelOf(id: number): ModelLease | undefined {
    for (const { room } of this.#hosts) {
      const lease = room.live.get(id);
      if (lease !== undefined) return lease;
    }
    return undefined;
  }

  #note(...what: readonly unknown[]): void {
    this.trace.push(`${this.now} ${what.join(" ")}`);
  }
}
