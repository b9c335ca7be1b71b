/** How soon a client is back that was cut off for an hour, whatever cut it off and wherever in its waits it stood. */
import assert from "node:assert/strict";
import { FixedRandom } from "../fakes/random.ts";
import type { Random } from "../../src/ports.ts";
import { seedOf } from "../seed.ts";
import { FleetInTime, type Way } from "./fleet_in_time.ts";

/** As many phases of its waits in which a client may meet the return. */
const PHASES = 200;
const GONE_AT = 60;
const BACK_AT = GONE_AT + 3600;
/** Promised: within the longer of one interval and this, seconds. */
const BACK_WITHIN_SECONDS = 30;
const ALMOST_ONE = 1 - Number.EPSILON / 2;

/** Seconds after the server's return until the last client has reported. */
async function lastReport(
  way: Way,
  intervalSeconds: number,
  chance?: Random,
): Promise<number> {
  const fleet = new FleetInTime({
    clients: PHASES,
    seed: seedOf("return"),
    way: (second) => second >= GONE_AT && second < BACK_AT ? way : "open",
    startsAt: (client) => client * GONE_AT / PHASES,
    intervalSeconds,
    ...(chance !== undefined && { chance }),
  });
  await fleet.runUntil(BACK_AT + 120);
  const first = new Map<number, number>();
  for (const { client, path, second } of fleet.arrivals) {
    if (path !== "/stats" || second < BACK_AT || first.has(client)) continue;
    first.set(client, second - BACK_AT);
  }
  assert.equal(first.size, PHASES);
  return Math.max(...first.values());
}

const WAYS: readonly Way[] = ["refused", "black_hole", "unavailable", "tls"];
for (const way of WAYS) {
  Deno.test(`a client that was cut off for an hour (${way}) has reported within 30 s of the return`, async () => {
    for (const chance of [undefined, new FixedRandom(ALMOST_ONE)]) {
      const seconds = await lastReport(way, 10, chance);
      assert.ok(seconds <= BACK_WITHIN_SECONDS, `${seconds} s`);
    }
  });
}

Deno.test("a client that never registered before the outage is back as soon", async () => {
  const fleet = new FleetInTime({
    clients: PHASES,
    seed: seedOf("newcomers"),
    way: (second) => second < BACK_AT ? "black_hole" : "open",
    startsAt: (client) => client * 60 / PHASES,
  });
  await fleet.runUntil(BACK_AT + BACK_WITHIN_SECONDS);
  const reported = fleet.arrivals.filter(({ path }) => path === "/stats");
  assert.equal(new Set(reported.map(({ client }) => client)).size, PHASES);
});
