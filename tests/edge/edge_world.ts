/**
 * The real edge with the real balancer in a world in memory: callers and origins in the hands of a test, time that
 * stands still until it is moved. Disposing of it asserts that everything was given back.
 */
import assert from "node:assert/strict";
import type { ConnectAddress } from "../../src/edge/driver.ts";
import { Edge } from "../../src/edge/edge.ts";
import type { LocalApi } from "../../src/edge/local_request.ts";
import {
  RateLimiter,
  type RateSettings,
} from "../../src/policy/rate_limiter.ts";
import type {
  EndpointRule,
  KeyBook,
  TokenVerifier,
} from "../../src/trust_ports.ts";
import { Resolver } from "../../src/edge/resolver.ts";
import type { EdgeSettings } from "../../src/edge/settings.ts";
import type { GpuReading, Registration } from "../../src/engine/backend.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import type { DecisionLog } from "../../src/engine/decision_log.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { SeededRandom } from "../fakes/random.ts";
import { OPTIONS } from "../engine/fleets.ts";
import { FakeDriver } from "./fake_driver.ts";
import type { Outcome } from "./fake_socket.ts";
import type { FarEnd } from "./far_end.ts";
import { FakeTimers } from "./fake_timers.ts";
import { Tripwire } from "./tripwire.ts";
import { WatchedBalancer } from "./watched_balancer.ts";
import { WatchedTraffic } from "./watched_traffic.ts";

/** Where the public address and that of the management paths listen. */
export const PUBLIC_PORT = 80;
export const ADMIN_PORT = 81;
/** The path of the API's socket. */
export const API = "/run/api.sock";
/** The address callers have unless told. */
export const CALLER_IP = "192.0.2.7";

/** Settings to begin with. */
export const SETTINGS: EdgeSettings = {
  proxyEndpoints: ["/"],
  trustedProxies: [],
  allowedAddresses: [],
  blockedAddresses: [],
  rateExempt: [],
  readHeaderTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 90_000,
  writeStallMs: 30_000,
  connectTimeoutMs: 5_000,
  retries: 2,
  bodyBytesMax: 1_000_000,
  sseFlushIntervalMs: -1,
  tierFieldName: "tier",
  tierHeader: "X-Tier",
  tierPeekBytes: 4_096,
  defaultTier: "small",
  stickyHeader: "X-Session",
  stickyByIp: false,
  hasSecurityFields: false,
  corsOrigins: undefined,
  needsToken: false,
  maxConnections: 1_000,
  maxConnectionsPerIp: 0,
  maxRequestsPerIp: 0,
  proxyRequireKey: false,
};

/** What a world begins with. */
export interface WorldOptions {
  readonly settings?: Partial<EdgeSettings>;
  /** Backends b1, b2, … and what differs of each from {@link backend}; one unless told. */
  readonly backends?: readonly Partial<Registration>[];
  /** What differs from {@link OPTIONS}, whose rule is the documented one: the best backend, whatever was learned. */
  readonly balancer?: Partial<BalancerOptions>;
  /** Free GPUs of each backend, of 24 GB and from number 0 on; none unless told. */
  readonly gpus?: number;
  readonly decisions?: DecisionLog;
  /** Answers `POST /route` without a connection; without it nobody does. */
  readonly local?: LocalApi;
  /** What addresses and tiers may send; without it as much as they like. */
  readonly rates?: RateSettings;
  /** Knows keys; without it none exists. */
  readonly keys?: KeyBook;
  /** Says where backends may be; without it they may be anywhere. */
  readonly endpointRule?: EndpointRule;
  /** Checks tokens; without it nobody does. */
  readonly tokens?: TokenVerifier;
  /** Goes through everything that the edge calls; without it nothing throws. */
  readonly tripwire?: Tripwire;
  /** Whether callers speak TLS. */
  readonly isTls?: boolean;
}

/** A backend named `b{number}` at 10.0.0.{number}, port 80; lower numbers are better. */
export function backend(number: number): Registration {
  return {
    id: `b${number}`,
    hostname: `host-${number}`,
    publicIp: "",
    localIp: `10.0.0.${number}`,
    place: undefined,
    totalCores: 64,
    totalMemoryGb: 256,
    totalStorageGb: 2000,
    totalGpus: 0,
    gpuModels: [],
    endpoint: `http://10.0.0.${number}`,
    endpoints: [],
  };
}

/** The world. */
export class EdgeWorld implements Disposable {
  readonly clock = new FakeClock(1_000);
  readonly timers: FakeTimers = new FakeTimers(this.clock);
  readonly logger = new FakeLogger();
  readonly store = new MemoryStore();
  readonly balancer: WatchedBalancer;
  readonly traffic = new WatchedTraffic();
  readonly #gpus: number;
  readonly driver: FakeDriver;
  readonly edge: Edge;
  /** What becomes of attempts to connect, by place; they succeed unless told. */
  readonly outcomes = new Map<string, Outcome>();
  /** All connections to origins, oldest first. */
  readonly connections: { readonly place: string; readonly far: FarEnd }[] = [];
  /** Told of each connection to an origin. */
  onConnection: (far: FarEnd, place: string) => void = () => {};
  /** What names stand for. */
  readonly names = new Map<string, readonly string[]>();

  /** A world with an edge that listens. */
  constructor(options: WorldOptions = {}) {
    const { settings, backends = [{}], decisions, local, isTls } = options;
    const { tokens, rates, keys, endpointRule } = options;
    this.balancer = new WatchedBalancer({ ...OPTIONS, ...options.balancer });
    this.#gpus = options.gpus ?? 0;
    this.driver = new FakeDriver(this.clock, (address, far) => {
      const place = placeOf(address);
      this.connections.push({ place, far });
      this.onConnection(far, place);
      return this.outcomes.get(place) ?? "connected";
    });
    const wire = options.tripwire ?? new Tripwire();
    this.edge = new Edge({
      settings: { ...SETTINGS, ...settings },
      driver: wire.wire(this.driver),
      resolver: wire.wire(
        new Resolver(
          () => this.clock.monotonicMs(),
          (name) => Promise.resolve(this.names.get(name) ?? []),
        ),
      ),
      apiSocket: API,
      ...(local !== undefined && { local: wire.wireCall("local", local) }),
      ...(tokens !== undefined && { tokens: wire.wire(tokens) }),
      ...(rates !== undefined && { rates: this.#limiter(rates) }),
      ...(keys !== undefined && { keys: wire.wire(keys) }),
      ...(endpointRule !== undefined && {
        endpointRule: wire.wire(endpointRule),
      }),
      balancer: wire.wire(this.balancer),
      store: wire.wire(this.store),
      locator: wire.wire({ locate: () => undefined }),
      logger: this.logger,
      clock: {
        monotonicMs: () => this.clock.monotonicMs(),
        wallMs: wire.wireCall("wallMs", () => this.clock.wallMs()),
      },
      random: new SeededRandom(1),
      decisions: decisions && wire.wire(decisions),
      observing: {
        observer: this.traffic,
        tracer: this.traffic,
        meter: this.traffic,
      },
      prepareTls: () => Promise.resolve(),
    });
    backends.forEach((given, index) => this.#register(given, index + 1));
    const tls = isTls ? { tls: { cert: "", key: "" } } : {};
    this.edge.listen({ hostname: "0.0.0.0", port: PUBLIC_PORT, ...tls });
    this.edge.listen({ hostname: "0.0.0.0", port: ADMIN_PORT }, true);
  }

  /** A caller connects and says something. */
  call(text = "", ip = CALLER_IP, port = PUBLIC_PORT): FarEnd {
    const far = this.driver.call(port, ip);
    assert.ok(far !== undefined, "Nobody listens");
    far.send(text);
    this.driver.settle();
    return far;
  }

  /** Somebody says something, and all that follows happens. */
  say(far: FarEnd, what: string | Uint8Array): void {
    far.send(what);
    this.driver.settle();
  }

  /** Somebody ends its direction, and all that follows happens. */
  end(far: FarEnd): void {
    far.end();
    this.driver.settle();
  }

  /** A connection breaks, and all that follows happens. */
  reset(far: FarEnd): void {
    far.reset();
    this.driver.settle();
  }

  /** Somebody has room for so many octets more. */
  grant(far: FarEnd, room: number): void {
    far.room += room;
    this.driver.settle();
  }

  /** An attempt to connect ends, and all that follows happens. */
  conclude(far: FarEnd, outcome: Outcome): void {
    far.conclude(outcome);
    this.driver.settle();
  }

  /** The latest connection to an origin. */
  get origin(): FarEnd {
    const latest = this.connections.at(-1);
    assert.ok(latest !== undefined, "Nobody was connected to");
    return latest.far;
  }

  /** Where connections were opened to, in order. */
  get places(): readonly string[] {
    return this.connections.map(({ place }) => place);
  }

  /** Lets time pass, with what happens meanwhile; the engine notices it at the end. */
  pass(ms: number): void {
    const until = this.clock.monotonicMs() + ms;
    while (this.timers.runNext(until)) this.driver.settle();
    this.clock.advance(until - this.clock.monotonicMs());
    this.balancer.sweep(until);
  }

  /** Lets time pass in one leap, after which each timer that is due runs once. */
  leap(ms: number): void {
    this.clock.advance(ms);
    this.pass(0);
  }

  /** Leaps on until nobody is connected and nothing waits; false when that never comes. */
  wearOut(): boolean {
    for (let i = 0; i < LEAPS_MAX; i++) {
      const isQuiet = this.edge.load.connections === 0 &&
        this.driver.outgoingCount === 0;
      if (isQuiet) return true;
      this.leap(LEAP_MS);
    }
    return false;
  }

  /** Lets promises settle, with what follows. */
  async turn(): Promise<void> {
    for (let i = 0; i < PROMISE_TURNS; i++) await Promise.resolve();
    this.driver.settle();
  }

  /** Cuts off what is left and asserts that everything was given back. */
  [Symbol.dispose](): void {
    void this.edge.ended(0);
    this.timers[Symbol.dispose]();
    assert.deepEqual(this.driver.violations, []);
    const { inFlight, connections, perAddress } = this.edge.load;
    assert.deepEqual(
      {
        inFlight,
        perAddress: perAddress.size,
        connections,
        elsewhere: this.driver.elsewhere,
        outgoing: this.driver.outgoingCount,
        timers: this.timers.count,
        toBeTold: this.traffic.open,
        atBackends: this.balancer.atBackends,
        untold: this.balancer.untold,
        unanswered: this.balancer.unanswered,
        waiting: this.balancer.queue(this.clock.monotonicMs())?.depth ?? 0,
      },
      NOTHING_LEFT,
    );
  }

  #limiter(rates: RateSettings): RateLimiter {
    return new RateLimiter(
      rates,
      { high: 1, low: 2 },
      this.clock.monotonicMs(),
    );
  }

  #register(given: Partial<Registration>, number: number): void {
    const registration = { ...backend(number), ...given };
    this.balancer.register(registration, this.clock.monotonicMs());
    const totalGb = 256;
    const usedGb = number;
    const availableGb = totalGb - usedGb;
    const room = { totalGb, usedGb, availableGb };
    this.balancer.report(registration.id, {
      coreUsagePct: Array.from({ length: 64 }, () => 5 * number),
      memory: room,
      disk: room,
      gpus: Array.from({ length: this.#gpus }, (_, id) => freeGpu(id)),
    }, this.clock.monotonicMs());
  }
}

const NOTHING_LEFT = {
  inFlight: 0,
  perAddress: 0,
  connections: 0,
  elsewhere: 0,
  outgoing: 0,
  timers: 0,
  toBeTold: 0,
  atBackends: 0,
  untold: 0,
  unanswered: 0,
  waiting: 0,
};

/** Longer than any time-out of {@link SETTINGS}, and enough of them for what follows one another. */
const LEAP_MS = 100_000;
const LEAPS_MAX = 50;

/** More than any chain of promises in the edge is long. */
const PROMISE_TURNS = 20;

function freeGpu(deviceId: number): GpuReading {
  return {
    deviceId,
    name: "Card",
    utilizationPct: 0,
    memoryUsedGb: 0,
    memoryTotalGb: 24,
    temperatureC: 40,
    powerDrawW: 100,
  };
}

function placeOf(address: ConnectAddress): string {
  switch (address.kind) {
    case "unix":
      return address.path;
    case "tcp":
      return `${address.ip}:${address.port}`;
    case "tls":
      return `tls://${address.ip}:${address.port}#${address.serverName}`;
  }
}
