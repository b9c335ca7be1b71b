/**
 * What a server meets when it returns to 5,000 clients. Counted are the messages of each second from its return until
 * the last of those that failed in between has reported.
 */
import assert from "node:assert/strict";
import { seedOf } from "../seed.ts";
import { FleetInTime } from "./fleet_in_time.ts";

const CLIENTS = 5000;
/** The busiest second may have so many times the messages of the mean one. */
const PEAK_MAX = 3;
/** By now clients that started within a minute report steadily. */
const GONE_AT = 130;
/** Time in which everybody must have returned, seconds. */
const PATIENCE_SECONDS = 60;

/** Starts as a fleet grows: at any time of a minute. */
const SPREAD = (_: number, chance: { next(): number }) => 60 * chance.next();
const TOGETHER = () => 0;

/** The fleet's messages to a server that is away between two seconds, from its return on. */
async function returning(
  goneAt: number,
  backAt: number,
  startsAt: typeof SPREAD,
): Promise<number[]> {
  const fleet = new FleetInTime({
    clients: CLIENTS,
    seed: seedOf("herd"),
    way: (second) => second >= goneAt && second < backAt ? "refused" : "open",
    startsAt,
  });
  await fleet.runUntil(backAt + PATIENCE_SECONDS);
  const isMissing = new Set(fleet.failedAt.keys());
  assert.ok(isMissing.size > 0);
  const perSecond: number[] = [];
  for (const { client, path, second } of fleet.arrivals) {
    if (second < backAt) continue;
    const bucket = Math.floor(second - backAt);
    while (perSecond.length <= bucket) perSecond.push(0);
    perSecond[bucket] = Number(perSecond[bucket]) + 1;
    if (path === "/stats") isMissing.delete(client);
    if (isMissing.size === 0) return perSecond;
  }
  assert.fail(`${isMissing.size} clients never came back`);
}

function assertNoHerd(perSecond: readonly number[]): void {
  const total = perSecond.reduce((sum, count) => sum + count, 0);
  const mean = total / perSecond.length;
  const peak = Math.max(...perSecond);
  assert.ok(
    peak <= PEAK_MAX * mean,
    `${peak} in one second, ${
      mean.toFixed(0)
    } in the mean: ${perSecond.join()}`,
  );
}

const OUTAGES = [
  { name: "3 s, as for a restart", seconds: 3 },
  { name: "10 s", seconds: 10 },
  { name: "5 min", seconds: 300 },
  { name: "1 h", seconds: 3600 },
];
for (const { name, seconds } of OUTAGES) {
  Deno.test(`no second is flooded when the server returns after ${name}`, async () => {
    assertNoHerd(await returning(GONE_AT, GONE_AT + seconds, SPREAD));
  });
}

Deno.test("no second is flooded when 5,000 clients started together before their server", async () => {
  // Sixteen seconds are the worst: the first that wait longest meet those that wait for the second time.
  for (const backAt of [2, 3, 5, 10, 16, 45]) {
    assertNoHerd(await returning(0, backAt, TOGETHER));
  }
});

Deno.test("a server that forgot everybody has their registrations spread as their reports are", async () => {
  const forgetsAt = GONE_AT + 90;
  const fleet = new FleetInTime({
    clients: CLIENTS,
    seed: seedOf("amnesia"),
    way: () => "open",
    startsAt: SPREAD,
    forgetsAt,
  });
  await fleet.runUntil(forgetsAt + 70);
  const perSecond = Array.from({ length: 66 }, () => 0);
  for (const { path, second } of fleet.arrivals) {
    if (path !== "/register" || second < forgetsAt) continue;
    const bucket = Math.floor(second - forgetsAt);
    perSecond[bucket] = Number(perSecond[bucket]) + 1;
  }
  assert.equal(perSecond.reduce((sum, count) => sum + count, 0), CLIENTS);
  assertNoHerd(perSecond);
});
