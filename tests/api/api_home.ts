/** An API over a real balancer, a store in memory, and a clock that stands still. */
import type { Hono } from "hono";
import type { ApiDeps, ApiSettings } from "../../src/api/api_deps.ts";
import { type ApiEnv, apiOf } from "../../src/api/app.ts";
import { Balancer } from "../../src/engine/balancer.ts";
import type { BalancerOptions } from "../../src/engine/balancer_options.ts";
import { requestIds } from "../../src/api/request_ids.ts";
import {
  DecisionLog,
  type DecisionLogOptions,
} from "../../src/engine/decision_log.ts";
import { TIERS } from "../engine/fleets.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { FixedRandom } from "../fakes/random.ts";
import { Enrolment } from "../../src/trust/enrolment.ts";
import { type ConfiguredKey, HashedKeyBook } from "../../src/trust/key_book.ts";
import { keyHash } from "../../src/wire/key_text.ts";
import { decisionAnswerOf } from "../../src/wire/decision_answer.ts";

/** What a test says of the API; the rest is open, without sessions, on an empty fleet. */
export interface HomeOptions {
  readonly settings?: Partial<ApiSettings>;
  /** Keys that may do everything, by the name of `key-1` and so on; none leave everything open. */
  readonly keys?: readonly string[];
  readonly balancer?: Partial<BalancerOptions>;
  readonly decisions?: Partial<DecisionLogOptions>;
  readonly deps?: Partial<ApiDeps>;
}

/** The API with everything behind it in reach. */
export class ApiHome {
  readonly clock = new FakeClock(1_000_000);
  readonly logger = new FakeLogger();
  readonly store = new MemoryStore();
  readonly balancer: Balancer;
  readonly decisions: DecisionLog;
  readonly keys = new HashedKeyBook(() => this.clock.wallMs());
  readonly enrolment = new Enrolment(
    { store: this.store, book: this.keys, clock: this.clock },
    [],
  );
  readonly api: Hono<ApiEnv>;
  /** All that it answers, by method and pattern of the path. */
  readonly routes: readonly {
    readonly method: string;
    readonly path: string;
  }[];

  constructor(options: HomeOptions = {}) {
    this.balancer = new Balancer({ ...BALANCER, ...options.balancer });
    this.decisions = new DecisionLog(
      { entries: 100, samplePct: 0, ...options.decisions },
      {
        chance: () => 0.5,
        take: (decision) => {
          const { requestId, atMs } = decision;
          const json = JSON.stringify(decisionAnswerOf(decision));
          this.store.saveDecision({ requestId, atMs, json });
        },
      },
    );
    this.keys.configure((options.keys ?? []).map(ownerKey));
    const { http, endpoints } = apiOf({
      balancer: this.balancer,
      store: this.store,
      clock: this.clock,
      locator: { locate: () => undefined },
      logger: this.logger,
      settings: { ...SETTINGS, ...options.settings },
      decisions: this.decisions,
      keys: this.keys,
      enrolment: this.enrolment,
      ...options.deps,
    });
    this.api = http;
    this.routes = endpoints.flatMap(({ methods, path }) =>
      methods.map((method) => ({ method, path }))
    );
  }

  /** A request from 192.0.2.9 unless told. */
  async send(
    method: string,
    path: string,
    body?: BodyInit,
    headers: HeadersInit = JSON_TYPE,
    from = "192.0.2.9",
  ): Promise<Response> {
    const request = new Request(`http://opsen.test${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    const remoteAddr = {
      transport: "tcp",
      hostname: from,
      port: 40_000,
    } as const;
    return await this.api.fetch(request, { remoteAddr });
  }

  /** A JSON body to a path, and the answer as [status, JSON]. */
  async post(
    path: string,
    message: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<[number, Json]> {
    const body = JSON.stringify(message);
    return await read(
      await this.send("POST", path, body, { ...JSON_TYPE, ...headers }),
    );
  }

  /** The answer to a GET as [status, JSON]. */
  async get(path: string): Promise<[number, Json]> {
    return await read(await this.send("GET", path));
  }

  /** Everything that a refusal must leave as it was. */
  state(): string {
    return JSON.stringify([
      this.balancer.backends(this.clock.monotonicMs()),
      this.balancer.leaseCount,
      [...this.store.tables.backends],
      this.store.tables.reports.length,
      [...this.store.tables.sticky],
      [...this.store.tables.leases],
    ]);
  }
}

/** JSON of an answer, as far as tests look into it. */
export type Json = Readonly<Record<string, unknown>>;

/** An answer as [status, JSON]. */
export async function read(response: Response): Promise<[number, Json]> {
  return [response.status, await response.json()];
}

function ownerKey(key: string, index: number): ConfiguredKey {
  return {
    principal: {
      name: `key-${index + 1}`,
      scopes: undefined,
      tiers: undefined,
      expiresMs: undefined,
      backendId: undefined,
      endpointAllow: [],
      ratePerMinute: 0,
    },
    hash: keyHash(key),
  };
}

const JSON_TYPE = { "content-type": "application/json" };

/** The rule of the documented figures; nobody waits and nobody is left out unless a test says so. */
const BALANCER: BalancerOptions = {
  tiers: TIERS,
  routing: { mode: "classic" },
  staleAfterMs: 300_000,
  holdMs: 120_000,
  gpuMaxTemperatureC: 0,
  stickyAffinity: true,
  health: { unhealthyAfter: 3, healthyAfter: 2 },
  ejection: undefined,
  panic: "fail_open",
  queue: undefined,
  maxBackends: 10_000,
  maxSticky: 100_000,
  chance: () => 0.5,
};

const SETTINGS: ApiSettings = {
  allowedAddresses: [],
  blockedAddresses: [],
  bodyBytesMax: 1_048_576,
  bodyTimeoutMs: 30_000,
  stickyHeader: "",
  stickyByIp: false,
  readyMinActive: 0,
  staleAfterMs: 300_000,
  version: "1.2.3",
  newRequestId: requestIds(new FixedRandom(0)),
};
