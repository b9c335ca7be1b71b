import assert from "node:assert/strict";
import type { Proxy } from "./contestants.ts";
import { atLeast, atMost, isFailed, lineOf } from "./figures.ts";
import { inTurn, median, medianRatio } from "./rounds.ts";

Deno.test("everyone takes part once per round, and every round begins with another", async () => {
  const order: string[] = [];
  const proxies = new Map(["a", "b"].map((name) => [name, proxy(name)]));
  const results = await inTurn(proxies, 3, ({ url }) => {
    order.push(url);
    return Promise.resolve(order.length);
  });
  assert.deepEqual(order, ["a", "b", "b", "a", "a", "b"]);
  assert.deepEqual([...results], [["a", [1, 4, 5]], ["b", [2, 3, 6]]]);
});

Deno.test("a ratio is the median over rounds, and none without the other", () => {
  const results = new Map([["a", [2, 90, 9]], ["b", [1, 9, 3]]]);
  assert.equal(medianRatio(results, "a", "b", Number), 3);
  assert.ok(Number.isNaN(medianRatio(results, "a", "c", Number)));
  assert.ok(Number.isNaN(median([])));
});

Deno.test("a figure fails below 80 % of its aim, and without a value", () => {
  const base = { name: "f", unit: "x" } as const;
  for (
    const [measured, aim, verdict] of [
      [1, atLeast(1), "ok"],
      [0.81, atLeast(1), "short"],
      [0.79, atLeast(1), "failed"],
      [1.5, atMost(1.5), "ok"],
      [1.8, atMost(1.5), "short"],
      [1.9, atMost(1.5), "failed"],
      [NaN, atLeast(1), "failed"],
      [NaN, atMost(1), "failed"],
    ] as const
  ) {
    const figure = { ...base, measured, aim };
    assert.equal(isFailed(figure), verdict === "failed", `${measured}`);
    assert.match(lineOf(figure), new RegExp(` ${verdict}$`));
  }
  assert.equal(isFailed({ ...base, measured: NaN }), false);
});

function proxy(name: string): Proxy {
  return {
    url: name,
    pid: 0,
    refresh: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
