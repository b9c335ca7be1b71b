/** The line of calls, with calls that return when the test says so. */
import assert from "node:assert/strict";
import {
  CallLine,
  type CallOutcome,
  CALLS_WAITING_MAX,
} from "../../ffi/call_line.ts";

/** Never reached where a test does not wait for it. */
const LONG_MS = 60_000;
const SHORT_MS = 20;

/** Closes the line when it is disposed. */
function closing(line: CallLine): Disposable {
  return { [Symbol.dispose]: () => line.close() };
}

/** A line of calls that are begun one after the other and return by hand. */
class HandLine implements Disposable {
  readonly begun: string[] = [];
  readonly returns: ((code: number) => void)[] = [];
  freed = 0;
  readonly line: CallLine;

  constructor(deadlineMs: number) {
    this.line = new CallLine(deadlineMs, () => this.freed++);
  }

  run(name: string): Promise<CallOutcome<string>> {
    return this.line.run(name, () => {
      this.begun.push(name);
      return new Promise((resolve) => this.returns.push(resolve));
    }, (code) => `${name} ${code}`);
  }

  [Symbol.dispose](): void {
    this.line.close();
  }

  /** The call that is out returns. */
  return(code: number): void {
    this.returns.shift()?.(code);
  }
}

Deno.test("a call begins when the one before it has returned, in the order of asking", async () => {
  using hand = new HandLine(LONG_MS);
  const first = hand.run("first");
  const second = hand.run("second");
  const third = hand.run("third");
  assert.deepEqual(hand.begun, ["first"]);
  hand.return(1);
  assert.deepEqual(await first, { kind: "returned", value: "first 1" });
  assert.deepEqual(hand.begun, ["first", "second"]);
  hand.return(2);
  assert.deepEqual(await second, { kind: "returned", value: "second 2" });
  hand.return(3);
  assert.deepEqual(await third, { kind: "returned", value: "third 3" });
});

Deno.test("what a call wrote is read before the next one begins", async () => {
  const line = new CallLine(LONG_MS, () => {});
  using _closed = closing(line);
  let written = "";
  const write = (text: string) => () => {
    written = text;
    return Promise.resolve(0);
  };
  const answers = await Promise.all(
    ["a", "b", "c"].map((text) => line.run(text, write(text), () => written)),
  );
  assert.deepEqual(
    answers,
    ["a", "b", "c"].map((value) => ({ kind: "returned", value })),
  );
});

Deno.test("a call that hangs ends at its deadline with all that wait, and nothing is begun until it returns", async () => {
  using hand = new HandLine(SHORT_MS);
  const hung = hand.run("hung");
  const waiting = hand.run("waiting");
  assert.deepEqual(await hung, {
    kind: "late",
    reason: `no answer within ${SHORT_MS} ms`,
  });
  const behind = { kind: "late", reason: "hung has not answered yet" };
  assert.deepEqual(await waiting, behind);
  assert.deepEqual(await hand.run("later"), behind);
  assert.deepEqual(hand.begun, ["hung"]);

  hand.return(0);
  await Promise.resolve();
  const next = hand.run("next");
  hand.return(7);
  assert.deepEqual(await next, { kind: "returned", value: "next 7" });
  assert.deepEqual(hand.begun, ["hung", "next"]);
});

Deno.test("what a call gave up on answers late is not read", async () => {
  const line = new CallLine(SHORT_MS, () => {});
  using _closed = closing(line);
  const { promise, resolve } = Promise.withResolvers<number>();
  let reads = 0;
  await line.run("hung", () => promise, () => reads++);
  resolve(0);
  await promise;
  assert.equal(reads, 0);
});

Deno.test("an answer that came while the loop was held up counts, though its deadline is over", async () => {
  const line = new CallLine(SHORT_MS, () => {});
  using _closed = closing(line);
  const { port1, port2 } = new MessageChannel();
  const answer = line.run(
    "slow loop",
    () => new Promise((resolve) => port1.onmessage = () => resolve(3)),
    (code) => code,
  );
  port2.postMessage("done");
  const end = performance.now() + 3 * SHORT_MS;
  while (performance.now() < end);
  assert.deepEqual(await answer, { kind: "returned", value: 3 });
  port1.close();
  port2.close();
});

Deno.test(`${CALLS_WAITING_MAX} calls may wait, the next is refused and the others are made`, async () => {
  using hand = new HandLine(LONG_MS);
  const answers = [hand.run("out")];
  for (let index = 0; index < CALLS_WAITING_MAX; index++) {
    answers.push(hand.run(`waiting ${index}`));
  }
  const refused = await hand.run("one too many");
  assert.equal(refused.kind, "full");
  for (const answer of answers) {
    hand.return(0);
    assert.equal((await answer).kind, "returned");
  }
  assert.equal(hand.begun.length, CALLS_WAITING_MAX + 1);
});

Deno.test("a line without a call is free when it is closed, once", async () => {
  using hand = new HandLine(LONG_MS);
  hand.line.close();
  hand.line.close();
  assert.equal(hand.freed, 1);
  assert.equal((await hand.run("later")).kind, "closed");
  assert.deepEqual(hand.begun, []);
});

Deno.test("a line that is closed during a call is free when that has returned, and those that wait are not made", async () => {
  using hand = new HandLine(LONG_MS);
  const out = hand.run("out");
  const waiting = hand.run("waiting");
  hand.line.close();
  assert.equal((await waiting).kind, "closed");
  assert.equal(hand.freed, 0);
  hand.return(5);
  assert.deepEqual(await out, { kind: "returned", value: "out 5" });
  await Promise.resolve();
  assert.equal(hand.freed, 1);
  assert.deepEqual(hand.begun, ["out"]);
});

Deno.test("a line that is closed while a call hangs is free when that returns at last", async () => {
  using hand = new HandLine(SHORT_MS);
  assert.equal((await hand.run("hung")).kind, "late");
  hand.line.close();
  assert.equal(hand.freed, 0);
  hand.return(0);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(hand.freed, 1);
});

Deno.test("a call that can't be begun fails for its caller alone", async () => {
  const line = new CallLine(LONG_MS, () => {});
  using _closed = closing(line);
  const failing = line.run("broken", () => {
    throw new TypeError("No such thing");
  }, () => 0);
  const next = line.run("next", () => Promise.resolve(4), (code) => code);
  await assert.rejects(failing, TypeError);
  assert.deepEqual(await next, { kind: "returned", value: 4 });
});
