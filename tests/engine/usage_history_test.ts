import assert from "node:assert/strict";
import { UsageHistory } from "../../src/engine/usage_history.ts";
import { seedOf } from "../seed.ts";
import { type Next, stream } from "./fleets.ts";

const WINDOW = 900;
const CLOSE = 1e-6;
const ANY = [Infinity, Infinity];

/** A load that is constant from one report to the next, and its exact averages over a sliding window that fills. */
class Load {
  at = 0;
  readonly #pieces: { from: number; to: number; use: number }[] = [];

  /** The load goes on for so long. */
  go(seconds: number, use: number): void {
    this.#pieces.push({ from: this.at, to: this.at + seconds, use });
    this.at += seconds;
  }

  get filled(): number {
    return Math.min(WINDOW, this.at);
  }

  get average(): number {
    const start = this.at - this.filled;
    let sum = 0;
    for (const { from, to, use } of this.#pieces) {
      sum += use * Math.max(0, to - Math.max(from, start));
    }
    return sum / this.filled;
  }
}

/** Reports the load and its double after intervals of that length; every recovered mean must be the true one. */
function recovers(
  next: Next,
  count: number,
  seconds: (k: number) => number,
): void {
  const [load, history] = [new Load(), new UsageHistory()];
  let recovered = 0;
  for (let k = 0; k < count; k++) {
    const use = 16 * next();
    load.go(seconds(k), use);
    const { average } = load;
    const found = history.take(
      load.at,
      [average, 2 * average],
      load.filled,
      ANY,
      true,
    );
    if (found.isRecovered) recovered++;
    near(found.means, [use, 2 * use], `report ${k}`);
  }
  assert.ok(recovered >= count - 3, `only ${recovered} were recovered`);
}

function near(found: readonly number[], wanted: readonly number[], at = "") {
  for (const [i, value] of wanted.entries()) {
    assert.ok(Math.abs((found[i] ?? NaN) - value) < CLOSE, `${found} ${at}`);
  }
}

/** Twenty minutes of a constant load, reported each minute. */
function steady(use: number): { load: Load; history: UsageHistory } {
  const [load, history] = [new Load(), new UsageHistory()];
  for (let k = 0; k < 20; k++) {
    load.go(60, use);
    history.take(load.at, [load.average], load.filled, [16], true);
  }
  return { load, history };
}

Deno.test("the mean of each minute is found again in the averages over 15, while the window fills and slides", () => {
  const next = stream(seedOf("usage history"));
  for (let run = 0; run < 50; run++) recovers(next, 100, () => 60);
});

Deno.test("reports that come early or late change nothing", () => {
  const next = stream(seedOf("jittered reports"));
  for (let run = 0; run < 50; run++) {
    recovers(next, 100, () => 50 + 20 * next());
  }
});

Deno.test("after lost reports the mean of the whole gap is found", () => {
  const next = stream(seedOf("lost reports"));
  for (let run = 0; run < 50; run++) {
    recovers(next, 100, (k) => k > 15 && next() < 0.2 ? 180 : 60);
  }
});

Deno.test("a gap longer than the window leaves the averages as they are, and recovery goes on after it", () => {
  const { load, history } = steady(4);
  load.go(WINDOW + 100, 7);
  const after = history.take(load.at, [load.average], WINDOW, [16]);
  assert.deepEqual(after, { isRecovered: false, means: [load.average] });
  for (const use of [1, 9, 3]) {
    load.go(60, use);
    const found = history.take(load.at, [load.average], WINDOW, [16]);
    assert.equal(found.isRecovered, true);
    near(found.means, [use]);
  }
});

Deno.test("a GPU that appears begins a new history, and what was before it is taken as its average says", () => {
  const { load, history } = steady(4);
  const take = () => {
    const { at, average } = load;
    return history.take(at, [average, 5 * average], WINDOW, [16, 100]);
  };
  load.go(60, 4);
  assert.deepEqual(take(), { isRecovered: false, means: [4, 20] });
  for (const use of [10, 2, 6]) {
    load.go(60, use);
    near(take().means, [use, 5 * use]);
  }
});

Deno.test("the same report twice is no news: its averages count as they are, and the next mean is right", () => {
  const { load, history } = steady(4);
  load.go(60, 12);
  const once = history.take(load.at, [load.average], WINDOW, [16]);
  near(once.means, [12]);
  const twice = history.take(load.at, [load.average], WINDOW, [16]);
  assert.deepEqual(twice, { isRecovered: false, means: [load.average] });
  load.go(60, 5);
  near(history.take(load.at, [load.average], WINDOW, [16]).means, [5]);
});

Deno.test("of a client that was not heard from its start on, the errors of the first guess shrink window by window", () => {
  const next = stream(seedOf("guessed history"));
  const errors = { first: 0, tenth: 0 };
  for (let run = 0; run < 200; run++) {
    const [load, history] = [new Load(), new UsageHistory()];
    for (let k = 0; k < 20; k++) load.go(60, 16 * next());
    for (let k = 0; k < 150; k++) {
      const use = 16 * next();
      load.go(60, use);
      const { means: [mean = NaN] } = history.take(
        load.at,
        [load.average],
        WINDOW,
        [16],
      );
      const error = (mean - use) ** 2;
      if (k >= 1 && k < 15) errors.first += error;
      if (k >= 136) errors.tenth += error;
    }
  }
  assert.ok(errors.tenth < errors.first / 4, JSON.stringify(errors));
});

Deno.test("a history goes on in another process as if nothing had happened", () => {
  const next = stream(seedOf("resumed history"));
  for (const isWhole of [true, false]) {
    const [load, one, other] = [
      new Load(),
      new UsageHistory(),
      new UsageHistory(),
    ];
    if (!isWhole) load.go(WINDOW, 5);
    for (let k = 0; k < 60; k++) {
      load.go(60, 16 * next());
      const said = [load.at, [load.average], load.filled] as const;
      const { means } = one.take(...said, [16], isWhole);
      const recovery = one.recovery(load.filled);
      if (k < 20) continue;
      if (k < 37) other.resume(...said, recovery!);
      else near(other.take(...said, [16]).means, means, `report ${k}`);
    }
  }
});

Deno.test("a mean stays between nothing and what the machine has", () => {
  for (const [average, bound] of [[0, 0], [16, 16]] as const) {
    const { load, history } = steady(4);
    const { at } = load;
    const found = history.take(at + 60, [average], WINDOW, [16]);
    assert.deepEqual(found, { isRecovered: true, means: [bound] });
  }
});

Deno.test("windows of very many intervals are taken as they are", () => {
  const history = new UsageHistory();
  history.take(0, [4], WINDOW, [16]);
  const found = history.take(10, [5], WINDOW, [16]);
  assert.deepEqual(found, { isRecovered: false, means: [5] });
});
