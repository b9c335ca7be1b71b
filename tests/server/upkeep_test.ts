import assert from "node:assert/strict";
import { balancerOf } from "../../src/server/decider.ts";
import { Upkeep } from "../../src/server/upkeep.ts";
import { serverConfig } from "../config/load_text.ts";
import { registered, reported } from "../engine/machines.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { FixedRandom } from "../fakes/random.ts";

const STALE_MS = 5 * 60_000;

/** A server's upkeep over one backend, and timers that run when the test says so. */
async function stage() {
  const config = await serverConfig("cleanup_interval_seconds: 60\n");
  const clock = new FakeClock();
  const balancer = balancerOf(config, { clock, random: new FixedRandom(0) });
  balancer.register(registered("a"), clock.monotonicMs());
  balancer.report("a", reported(), clock.monotonicMs());
  const logger = new FakeLogger();
  const store = new MemoryStore();
  return { config, clock, balancer, logger, store };
}

/** Timers in the hands of a test. */
class HeldTimers implements Disposable {
  readonly #real = [globalThis.setInterval, globalThis.clearInterval] as const;
  readonly #realNow = performance.now;
  readonly #held = new Map<number, () => void>();
  /** How much later than they should they run. */
  lateMs = 0;

  constructor() {
    let last = 0;
    globalThis.setInterval = ((run: () => void) => {
      this.#held.set(++last, run);
      return last;
    }) as never;
    globalThis.clearInterval = ((id: number) => this.#held.delete(id)) as never;
    performance.now = () => this.#realNow.call(performance) + this.lateMs;
  }

  /** Runs all of them. */
  run(): void {
    for (const run of [...this.#held.values()]) run();
  }

  [Symbol.dispose](): void {
    [globalThis.setInterval, globalThis.clearInterval] = this.#real;
    performance.now = this.#realNow;
  }
}

Deno.test("a silent backend is forgotten, but not by a server that has stood still, nor by one that stops", async () => {
  for (const how of ["as usual", "frozen", "stopping"] as const) {
    const { config, clock, ...parts } = await stage();
    using timers = new HeldTimers();
    using upkeep = new Upkeep(config, { clock, ...parts });
    clock.advance(3 * STALE_MS + 1);
    if (how === "frozen") timers.lateMs = 3 * STALE_MS;
    if (how === "stopping") upkeep.rest();
    timers.run();
    assert.equal(parts.balancer.size, how === "as usual" ? 0 : 1, how);
  }
});

Deno.test("lines of the audit trail are deleted when they are older than their retention, which can change", async () => {
  const { config, clock, ...parts } = await stage();
  const DAY_MS = 86_400_000;
  const nowMs = clock.wallMs();
  for (const days of [0, 9, 11, 89, 91]) {
    await parts.store.saveAudit({
      atMs: nowMs - days * DAY_MS,
      actor: "root",
      action: `${days}`,
      ...{ target: "", from: "", requestId: "", result: "ok" },
    });
  }
  using timers = new HeldTimers();
  using upkeep = new Upkeep(config, { clock, ...parts });
  const left = () => parts.store.tables.audit.map(({ action }) => action);
  timers.run();
  assert.deepEqual(left(), ["0", "9", "11", "89"]);
  upkeep.configure(await serverConfig("audit_retention_days: 10\n"));
  timers.run();
  assert.deepEqual(left(), ["0", "9"]);
});
