/**
 * Drives the real engine in a simulator of fleets that is kept elsewhere: `requestPolicy` and `sessionPolicy` give it
 * policies whose every decision is `Balancer.place`. Nothing of the algorithm is here. Time comes in seconds.
 */
import type { Report } from "../../src/engine/backend.ts";
import { Balancer } from "../../src/engine/balancer.ts";
import type { Lease } from "../../src/engine/lease.ts";
import { recordOf } from "../../src/engine/lease_record.ts";
import {
  ADAPTIVE_DEFAULTS,
  type AdaptiveOptions,
  EJECTION_DEFAULTS,
} from "../../src/engine/routing_options.ts";
import { type Tier, tier } from "../../src/engine/tier.ts";
import { requestReport, sessionReport } from "./adapter_reports.ts";
import type {
  RequestEnvironment,
  RequestPolicy,
  Session,
  SessionEnvironment,
  SessionPolicy,
  SimulatedTier,
} from "./adapter_types.ts";

/** What the simulator may set. */
export interface Options {
  readonly peers?: number;
  readonly requestDistanceWeight?: number;
  /** Anything else of the adaptive rule. */
  readonly adaptive?: Partial<AdaptiveOptions>;
  /** Whether callers say that their sessions have begun; true unless said otherwise. */
  readonly confirms?: boolean;
}

const KM_PER_DEGREE = 6371 * Math.PI / 180;
/**
 * Sessions of the simulator end without a word, so their callers keep the leases until reports can show them: what a
 * lease has of a card nobody else gets for as long as it lives.
 */
const SHOWN_AFTER_MS = 300_000;
/** How the wait for an answer ended, by what came of the request. */
const CHANGES = {
  answered: "answered",
  failed: "failed_answer",
  timed_out: "given_up",
} as const;
const HEALTH = { unhealthyAfter: 1, healthyAfter: 1 };

/** Policies for short requests whose ends the balancer sees. */
export function requestPolicy(
  options: Options,
): (env: RequestEnvironment) => RequestPolicy {
  return (env) => {
    const { n, view, cfg } = env;
    const balancer = balancerOf(options, [tierOf(cfg.tier)], () => env.rng.u());
    for (let i = 0; i < n; i++) {
      register(balancer, i, { la: 0, lo: (view.dist[i] ?? 0) / KM_PER_DEGREE });
    }
    const healthy = new Uint8Array(n);
    const probe = (now: number) => {
      for (let i = 0; i < n; i++) {
        const is = view.healthy[i] ?? 0;
        if (is === healthy[i]) continue;
        healthy[i] = is;
        const latencyMs = view.latencyMs[i] ?? 0;
        const outcome = is > 0
          ? { ok: true as const, latencyMs }
          : { ok: false as const };
        balancer.probe(String(i), outcome, now * 1000);
      }
    };
    const leases = new Map<number, Lease>();
    return {
      choose(id, _view, now) {
        probe(now);
        const decision = balancer.place({
          tier: tierOf(cfg.tier).name,
          place: { latitude: 0, longitude: 0 },
          isRequest: true,
        }, now * 1000);
        if (decision.kind !== "placed") return -1;
        leases.set(id, decision.lease);
        balancer.awaiting(decision.lease, "begun", now * 1000);
        return Number(decision.backendId);
      },
      onReport(i, _view, now) {
        balancer.report(String(i), requestReport(view, i), now * 1000);
      },
      onDone(_i, id, now, latencyMs, ok) {
        const lease = leases.get(id);
        if (lease === undefined) return;
        leases.delete(id);
        const timeoutMs = cfg.timeout * 1000;
        const outcome = ok
          ? { kind: "answered" as const, answerMs: latencyMs }
          : latencyMs >= 0.99 * timeoutMs
          ? { kind: "timed_out" as const, timeoutMs }
          : { kind: "failed" as const, answerMs: latencyMs };
        balancer.awaiting(lease, CHANGES[outcome.kind], now * 1000);
        balancer.finish(lease, outcome, now * 1000);
      },
    };
  };
}

/** Policies for sessions that last. */
export function sessionPolicy(
  options: Options,
): (env: SessionEnvironment) => SessionPolicy {
  return (env) => {
    const { view } = env;
    const { confirms = true } = options;
    const fleet = new SessionFleet(options, env);
    const leases = new Map<number, number>();
    return {
      choose(session: Session, _view, now) {
        const decision = fleet.knowing(session.tier, now).place({
          tier: nameOf(session.tier),
          place: { latitude: session.la, longitude: session.lo },
        }, now * 1000);
        if (decision.kind !== "placed") return -1;
        const { leaseId } = decision.hold;
        leases.set(session.id, leaseId);
        if (confirms) {
          fleet.balancer.renew(leaseId, now * 1000, {
            isConfirmed: true,
            liveMs: SHOWN_AFTER_MS,
          });
        }
        return Number(decision.backendId);
      },
      onReport(i, _view, now) {
        fleet.report(i, sessionReport(view, i), now);
      },
      onEnd(session, _i, now) {
        const leaseId = leases.get(session.id);
        if (leaseId !== undefined) {
          fleet.balancer.release(leaseId, now * 1000);
        }
      },
    };
  };
}

/** Reports that a balancer needs to go on where another one was: a window of 15 minutes, and some. */
const REPORTS_KEPT = 32;

/** A balancer that learns the simulator's tiers as they come: with a new one it begins anew where it was. */
class SessionFleet {
  balancer: Balancer;
  readonly #options: Options;
  readonly #env: SessionEnvironment;
  readonly #tiers = new Map(DOCUMENTED_TIERS.map((one) => [one.name, one]));
  readonly #reports: (readonly [Report, number])[][] = [];

  constructor(options: Options, env: SessionEnvironment) {
    this.#options = options;
    this.#env = env;
    this.balancer = this.#begin();
  }

  report(i: number, report: Report, now: number): void {
    const kept = this.#reports[i] ??= [];
    kept.push([report, now * 1000]);
    if (kept.length > REPORTS_KEPT) kept.shift();
    this.balancer.report(String(i), report, now * 1000);
  }

  knowing(needs: SimulatedTier, now: number): Balancer {
    if (this.#tiers.has(nameOf(needs))) return this.balancer;
    this.#tiers.set(nameOf(needs), tierOf(needs));
    const before = this.balancer;
    this.balancer = this.#begin();
    for (const [i, reports] of this.#reports.entries()) {
      for (const [report, at] of reports ?? []) {
        this.balancer.report(String(i), report, at);
      }
    }
    for (const lease of before.leases(now * 1000)) {
      this.balancer.restoreLease(recordOf(lease), now * 1000);
    }
    return this.balancer;
  }

  #begin(): Balancer {
    const { n, view, B, rng } = this.#env;
    const tiers = [...this.#tiers.values()];
    const balancer = balancerOf(this.#options, tiers, () => rng.u());
    for (let i = 0; i < n; i++) {
      register(balancer, i, { la: B.lat[i] ?? 0, lo: B.lon[i] ?? 0 });
      const latencyMs = view.latencyMs[i] ?? 0;
      balancer.probe(String(i), { ok: true, latencyMs }, 0);
    }
    return balancer;
  }
}

/** The tiers of the documented fleet; sessions are mostly drawn from them. */
const DOCUMENTED_TIERS: readonly Tier[] = [
  { vcpu: 1, mem: 1, disk: 5, gpu: 0, vram: 0 },
  { vcpu: 2, mem: 4, disk: 20, gpu: 0, vram: 0 },
  { vcpu: 4, mem: 8, disk: 30, gpu: 0, vram: 0 },
  { vcpu: 8, mem: 32, disk: 100, gpu: 1, vram: 16 },
  { vcpu: 16, mem: 64, disk: 500, gpu: 2, vram: 48 },
].map(tierOf);

function balancerOf(
  { peers, requestDistanceWeight, adaptive }: Options,
  tiers: readonly Tier[],
  chance: () => number,
): Balancer {
  const { weights } = ADAPTIVE_DEFAULTS;
  return new Balancer({
    tiers,
    routing: {
      mode: "adaptive",
      options: {
        ...ADAPTIVE_DEFAULTS,
        ...adaptive,
        peers: peers ?? ADAPTIVE_DEFAULTS.peers,
        weights: {
          ...weights,
          requestDistance: requestDistanceWeight ?? weights.requestDistance,
        },
      },
    },
    staleAfterMs: 300_000,
    holdMs: 120_000,
    gpuMaxTemperatureC: 0,
    stickyAffinity: false,
    health: HEALTH,
    ejection: EJECTION_DEFAULTS,
    panic: "fail_closed",
    queue: undefined,
    maxBackends: 10_000,
    maxSticky: 1,
    chance,
  });
}

function register(
  balancer: Balancer,
  i: number,
  { la, lo }: { readonly la: number; readonly lo: number },
): void {
  balancer.register({
    id: String(i),
    hostname: String(i),
    publicIp: "",
    localIp: "",
    place: { latitude: la, longitude: lo, country: "", city: "" },
    totalCores: 0,
    totalMemoryGb: 0,
    totalStorageGb: 0,
    totalGpus: 0,
    gpuModels: [],
    endpoint: `http://${i}`,
    endpoints: [],
  }, 0);
}

function nameOf({ vcpu, mem, disk, gpu, vram }: SimulatedTier): string {
  return [vcpu, mem, disk, gpu, vram].join("/");
}

function tierOf(needs: SimulatedTier): Tier {
  return tier({
    name: nameOf(needs),
    vcpu: needs.vcpu,
    memoryGb: needs.mem,
    storageGb: needs.disk,
    gpus: needs.gpu,
    gpuMemoryGb: needs.vram,
  });
}
