/** A backend that stops and comes back, as probes over real sockets show it to a real balancer. */
import assert from "node:assert/strict";
import type { Health } from "../../src/engine/health.ts";
import { Probing } from "../../src/probe/probing.ts";
import { balancerOver, registered } from "../engine/machines.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { SeededRandom } from "../fakes/random.ts";
import { originAt, SILENT } from "../edge/probe_origin.ts";
import { overDrivers, TCP } from "../edge/probe_world.ts";

const THRESHOLDS = { unhealthyAfter: 3, healthyAfter: 2 };
const INTERVAL_MS = 40;
const TICK_MS = 5;
/** Longer than a loaded machine needs; only a test that fails waits for it. */
const PATIENCE_MS = 60_000;

overDrivers(
  "a backend that stops is unhealthy after three probes, and healthy again after two",
  async (open) => {
    const stopping = originAt(SILENT);
    await using steady = originAt(SILENT);
    const ports = new Map([["stopping", stopping.port], [
      "steady",
      steady.port,
    ]]);
    const targets = [...ports].map(([id, port]) => ({
      ...registered(id),
      endpoint: `http://127.0.0.1:${port}`,
    }));
    const balancer = balancerOver({}, { health: THRESHOLDS });
    for (const target of targets) balancer.register(target, performance.now());

    /** What became of the stopping backend with each of its probes. */
    const seen: string[] = [];
    const told = { news: () => {} };
    const healthOf = (id: string): Health["kind"] => {
      const view = balancer.backends(performance.now())
        .find(({ registration }) => registration.id === id);
      assert.ok(view !== undefined);
      return view.health;
    };
    await using world = open({ settings: TCP });
    using probing = new Probing({
      fleet: {
        probeTargets: () => targets,
        probe(id, outcome, now) {
          balancer.probe(id, outcome, now);
          if (id === "steady") return assert.ok(outcome.ok);
          seen.push(`${outcome.ok ? "good" : "bad"}: ${healthOf(id)}`);
          told.news();
        },
        forgetProbes: () => {},
      },
      prober: world.prober,
      clock: { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
      random: new SeededRandom(1),
      logger: new FakeLogger(),
      settings: {
        kind: "on",
        intervalMs: INTERVAL_MS,
        concurrencyMax: 16,
        unhealthyAfter: 3,
      },
    });
    const timer = setInterval(() => probing.tick(), TICK_MS);
    const until = async (state: string) => {
      const late = Promise.withResolvers<never>();
      const patience = setTimeout(
        () => late.reject(new Error(`Never "${state}": ${seen.slice(-9)}`)),
        PATIENCE_MS,
      );
      try {
        while (seen.at(-1) !== state) {
          const news = new Promise<void>((resolve) => told.news = resolve);
          await Promise.race([news, late.promise]);
        }
      } finally {
        clearTimeout(patience);
      }
    };
    try {
      await until("good: healthy");
      await stopping[Symbol.asyncDispose]();
      await until("bad: unhealthy");
      assert.deepEqual(seen.slice(-4), [
        "good: healthy",
        "bad: healthy",
        "bad: healthy",
        "bad: unhealthy",
      ]);
      await using _again = originAt(SILENT, "127.0.0.1", stopping.port);
      await until("good: healthy");
      assert.deepEqual(seen.slice(-3), [
        "bad: unhealthy",
        "good: unhealthy",
        "good: healthy",
      ]);
      assert.equal(healthOf("steady"), "healthy");
    } finally {
      clearInterval(timer);
    }
  },
);
