import assert from "node:assert/strict";
import {
  aborted,
  EndRequest,
  every,
  InFlight,
  systemClock,
  systemRandom,
  untilEndSignal,
  within,
} from "../src/lifecycle.ts";
import { FakeLogger } from "./fakes/logger.ts";

Deno.test("the system's clock only goes forward, and chance stays below 1", () => {
  const before = systemClock.monotonicMs();
  assert.ok(systemClock.monotonicMs() >= before);
  assert.ok(Math.abs(systemClock.wallMs() - Date.now()) < 60_000);
  const chance = systemRandom.next();
  assert.ok(chance >= 0 && chance < 1);
});

Deno.test("waiting for an abort ends with it, also when it came before", async () => {
  const controller = new AbortController();
  const waiting = aborted(controller.signal);
  controller.abort();
  await waiting;
  await aborted(controller.signal);
});

Deno.test("a repeated task goes on after one that failed, until it is disposed", async () => {
  const logger = new FakeLogger();
  let runs = 0;
  await new Promise<void>((resolve) => {
    const repeated = every(1, logger, () => {
      if (++runs === 1) throw new Error("once");
      if (runs < 3) return;
      repeated[Symbol.dispose]();
      resolve();
    });
  });
  const seen = runs;
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(runs, seen);
  assert.equal(logger.lines.filter(({ level }) => level === "error").length, 1);
});

Deno.test("what is in flight is waited for, also when it fails, and what begins later is not", async () => {
  const inFlight = new InFlight();
  await inFlight.ended();
  const gates = [0, 1, 2].map(() => Promise.withResolvers<number>());
  const [first, second, later] = gates;
  assert.ok(first !== undefined && second !== undefined && later !== undefined);
  const answers = [
    inFlight.track(first.promise),
    inFlight.track(second.promise),
  ];
  let hasEnded = false;
  const ended = inFlight.ended().then(() => hasEnded = true);
  const late = inFlight.track(later.promise);
  first.resolve(1);
  await answers[0];
  assert.equal(hasEnded, false);
  second.reject(new Error("no"));
  await assert.rejects(answers[1] ?? Promise.resolve(), /no/);
  await ended;
  later.resolve(3);
  assert.equal(await late, 3);
  await inFlight.ended();
});

Deno.test("work is told apart by whether it ends before its deadline", async () => {
  assert.equal(await within(60_000, Promise.resolve()), true);
  assert.equal(await within(1, new Promise(() => {})), false);
  await assert.rejects(within(60_000, Promise.reject(new Error("no"))));
});

Deno.test({
  name: "the first end signal aborts, and says which it was",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using end = untilEndSignal(new FakeLogger());
    assert.equal(end.signal.aborted, false);
    Deno.kill(Deno.pid, "SIGTERM");
    assert.equal(await within(5000, aborted(end.signal)), true);
    assert.ok(end.signal.reason instanceof EndRequest);
    assert.equal(end.signal.reason.signal, "SIGTERM");
  },
});

Deno.test("what throws where nobody catches it is logged, and the process goes on", async () => {
  const lifecycle = new URL("../src/lifecycle.ts", import.meta.url).href;
  const source = `
    import { surviveStrayErrors } from "${lifecycle}";
    const told = [];
    const error = (_message, { stack }) => told.push(stack);
    const survival = surviveStrayErrors({ error });
    setTimeout(() => { throw new Error("from a timer"); });
    void Promise.reject(new Error("from a promise"));
    for (let n = 0; n < 100; n++) queueMicrotask(() => { throw new Error("often"); });
    await new Promise((resolve) => setTimeout(resolve, 50));
    survival[Symbol.dispose]();
    console.log(told.length, told.every((stack) => / at /.test(stack)));
  `;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", source],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  assert.deepEqual(
    [code, decoder.decode(stdout)],
    [0, "5 true\n"],
    decoder.decode(stderr),
  );
});
