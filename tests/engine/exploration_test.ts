import assert from "node:assert/strict";
import type { Outcome } from "../../src/engine/ejection.ts";
import { ADAPTIVE, stream } from "./fleets.ts";
import { balancerOver, type Machine } from "./machines.ts";

const STEP_MS = 20;

/** A fleet whose backends answer in so many milliseconds, or not at all, asked at a steady rate. */
class Traffic {
  readonly answerMs: Map<string, number | undefined>;
  readonly #balancer;
  #now = 0;

  constructor(answerMs: Readonly<Record<string, number>>) {
    this.answerMs = new Map(Object.entries(answerMs));
    const machines: Record<string, Machine> = {};
    for (const id of this.answerMs.keys()) machines[id] = {};
    this.#balancer = balancerOver(machines, {
      routing: ADAPTIVE,
      staleAfterMs: Infinity,
      chance: stream(3),
    });
  }

  /** Asks for so many seconds; returns each backend's share. */
  run(seconds: number): Map<string, number> {
    const counts = new Map([...this.answerMs.keys()].map((id) => [id, 0]));
    const asks = seconds * 1000 / STEP_MS;
    for (let i = 0; i < asks; i++) {
      this.#now += STEP_MS;
      const ask = { tier: "small", isRequest: true };
      const placed = this.#balancer.place(ask, this.#now);
      assert.ok(placed.kind === "placed");
      const { backendId } = placed;
      counts.set(backendId, (counts.get(backendId) ?? 0) + 1 / asks);
      this.#balancer.finish(placed.lease, this.#end(backendId), this.#now);
    }
    return counts;
  }

  #end(id: string): Outcome {
    const answerMs = this.answerMs.get(id);
    return answerMs === undefined
      ? { kind: "failed", answerMs: 1 }
      : { kind: "answered", answerMs };
  }
}

for (const others of [["slow"], ["fast", "slow", "slow2"]]) {
  Deno.test(`a fast backend that was down gets its share again beside ${others.join(", ")}`, () => {
    const traffic = new Traffic({
      back: 20,
      ...Object.fromEntries(
        others.map((id) => [id, id === "fast" ? 20 : 400]),
      ),
    });
    const fair = others.includes("fast") ? 0.3 : 0.8;
    const before = traffic.run(20).get("back") ?? 0;
    assert.ok(before > fair, `${before} before`);
    traffic.answerMs.set("back", undefined);
    const during = traffic.run(20).get("back") ?? 0;
    assert.ok(during < 0.1, `${during} while it was down`);
    traffic.answerMs.set("back", 20);
    traffic.run(60);
    const after = traffic.run(20).get("back") ?? 0;
    assert.ok(after > fair, `${after} after`);
  });
}

Deno.test("when all but one were slow for a while, the others are found again", () => {
  const traffic = new Traffic({ a: 20, b: 400, c: 400, d: 400 });
  traffic.run(20);
  for (const id of "bcd") traffic.answerMs.set(id, 20);
  traffic.run(120);
  const shares = traffic.run(20);
  for (const [id, share] of shares) assert.ok(share > 0.1, `${id}: ${share}`);
});
