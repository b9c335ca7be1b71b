import assert from "node:assert/strict";
import type { ReportOutcome } from "../../src/agent/report.ts";
import { ServerLink } from "../../src/agent/server_link.ts";
import { Session } from "../../src/agent/session.ts";
import type { Room } from "../../src/engine/backend.ts";
import type { Said } from "../../src/wire/said.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { FixedRandom } from "../fakes/random.ts";
import { LeapingTime } from "./leaping_time.ts";
import { SMALL_MACHINE } from "./small_machine.ts";

const ROOM: Room = { totalGb: 1, usedGb: 0, availableGb: 1 };
const READY: ReportOutcome = {
  kind: "ready",
  report: { coreUsagePct: [0], memory: ROOM, disk: ROOM, gpus: [] },
};

/** One message: its path, second, and what it said of draining. */
type Posted = readonly [path: string, second: number, draining: unknown];

/** A session whose machine may drain, with what it posted. */
class Stage {
  readonly time = new LeapingTime();
  readonly posted: Posted[] = [];
  readonly instances = new Set<unknown>();
  readonly said: Said[] = [];
  readonly session: Session;
  outcome: ReportOutcome = READY;
  isDraining = false;
  status = 200;
  readonly #controller = new AbortController();

  constructor() {
    const random = new FixedRandom(0.5);
    const logger = new FakeLogger();
    const clock = this.time;
    const link = new ServerLink({
      transport: {
        post: (path, body) => {
          const { draining, instance } = body as Record<string, unknown>;
          const second = Math.round(clock.monotonicMs() / 1000);
          this.posted.push([path, second, draining]);
          this.instances.add(instance);
          const text = draining === true ? '{"drained":true}' : "{}";
          const { status } = this;
          return Promise.resolve(
            { ...{ kind: "answered", status, location: "", text } },
          );
        },
        [Symbol.dispose]: () => {},
      },
      ...{ serverUrl: "http://lb", clock, random, logger },
    });
    this.session = new Session({
      ...{ link, clock, random, logger, sleep: clock.sleep },
      describe: () => Promise.resolve(SMALL_MACHINE),
      isOutdated: () => false,
      report: () => this.outcome,
      instance: "i-7",
      isDraining: () => this.isDraining,
      onSaid: (said) => void this.said.push(said),
      reportIntervalMs: 60_000,
      reregisterMs: 600_000,
    });
  }

  /** Runs for some seconds; the n-th act happens at the beginning of the n-th wait. */
  async run(
    seconds: number,
    acts: readonly (() => void)[] = [],
  ): Promise<void> {
    let count = 0;
    this.time.onWait((waitMs) => {
      const act = acts[count++];
      if (act !== undefined) act();
      else if (this.time.monotonicMs() + waitMs > seconds * 1000) {
        this.#controller.abort();
      }
    });
    await this.session.run(this.#controller.signal);
  }
}

Deno.test("every message says who speaks and that the machine is in service", async () => {
  const stage = new Stage();
  await stage.run(70);
  assert.deepEqual(stage.posted, [
    ["/register", 0, false],
    ["/stats", 0, false],
    ["/stats", 60, false],
  ]);
  assert.deepEqual([...stage.instances], ["i-7"]);
});

Deno.test("that the machine drains does not wait for the next interval, and neither does the end of it", async () => {
  const stage = new Stage();
  await stage.run(59, [
    () => {
      stage.isDraining = true;
      stage.session.hurry();
    },
    () => {
      stage.isDraining = false;
      stage.session.hurry();
    },
  ]);
  assert.deepEqual(stage.posted, [
    ["/register", 0, false],
    ["/stats", 0, false],
    ["/stats", 0, true],
    ["/stats", 0, false],
  ]);
  assert.deepEqual(stage.said.map(({ isDrained }) => isDrained), [
    ...[false, false, true, false],
  ]);
});

Deno.test("a machine without samples says by registering that it drains", async () => {
  const stage = new Stage();
  stage.outcome = { kind: "absent", reason: "no CPU" };
  await stage.run(10, [() => {}, () => {}, () => {
    stage.isDraining = true;
    stage.session.hurry();
  }]);
  assert.deepEqual(stage.posted, [
    ["/register", 0, false],
    ["/register", 2, true],
  ]);
});

Deno.test("a server that is away is told as soon as it may be tried again, not sooner", async () => {
  const stage = new Stage();
  await stage.run(59, [
    () => {
      stage.status = 503;
      stage.isDraining = true;
      stage.session.hurry();
    },
    () => stage.session.hurry(),
    () => void (stage.status = 200),
  ]);
  assert.deepEqual(stage.posted.slice(2), [
    ["/stats", 0, true],
    ["/stats", 1, true],
  ]);
});

Deno.test("while somebody waits for the end there is a report every two seconds", async () => {
  const stage = new Stage();
  await stage.run(9, [() => {
    stage.isDraining = true;
    stage.session.awaitEnd();
  }]);
  const seconds = stage.posted.slice(2).map(([, second]) => second);
  assert.deepEqual(seconds, [0, 2, 4, 6, 8]);
});

Deno.test("a machine without samples is asked about by registering while somebody waits for the end", async () => {
  const stage = new Stage();
  stage.outcome = { kind: "filling" };
  await stage.run(5, [() => {
    stage.isDraining = true;
    stage.session.awaitEnd();
  }]);
  const messages = stage.posted.map(([path, second]) => `${path} ${second}`);
  assert.deepEqual(messages, [
    ...["/register 0", "/register 0", "/register 2", "/register 4"],
  ]);
});

Deno.test("the last message says that the machine drains also where there is no report", async () => {
  const stage = new Stage();
  await stage.run(1);
  stage.isDraining = true;
  stage.outcome = { kind: "filling" };
  await stage.session.flush(new AbortController().signal);
  assert.deepEqual(stage.posted.at(-1), ["/register", 0, true]);
});
