/**
 * Callers and origins that do anything at any moment around one edge, with everything that must hold checked after each
 * step. The same seed does the same.
 */
import assert from "node:assert/strict";
import { Chance } from "../fuzz/chance.ts";
import { EdgeWorld } from "./edge_world.ts";
import { RandomCaller } from "./random_caller.ts";
import { RandomOrigin, type Seen } from "./random_origin.ts";

const IDEMPOTENT = ["GET", "HEAD", "PUT", "DELETE"];

/** How large a world is. */
export interface Size {
  readonly steps: number;
  readonly callers: number;
  readonly backends: number;
}

/** Lives through one world; returns how many requests were sent and how many were seen by origins. */
export function liveThrough(
  seed: number,
  size: Size,
): { readonly sent: number; readonly seen: number } {
  const chance = new Chance(seed);
  using world = new EdgeWorld({
    backends: Array.from({ length: size.backends }, () => ({})),
    settings: { tierPeekBytes: chance.oneOf([0, 64, 4_096]) },
  });
  const seen: Seen[] = [];
  const callers: RandomCaller[] = [];
  const origins: RandomOrigin[] = [];
  let sent = 0;
  world.driver.order = {
    socket: (count) => chance.below(count),
    event: (count) => chance.below(count),
    bytes: (available) =>
      chance.below(3) === 0 ? available : 1 + chance.below(available),
  };
  world.onConnection = (far, place) => {
    world.outcomes.set(place, outcomeOf(chance));
    if (chance.below(3) === 0) far.room = chance.below(400);
    origins.push(new RandomOrigin(far, seen, chance));
  };
  world.driver.onStep = () => checkBooks(world);
  for (let step = 0; step < size.steps; step++) act();
  for (const caller of callers) if (caller.isBusy) caller.far.room = Infinity;
  world.driver.settle();
  world.wearOut();
  assert.deepEqual(remains(world), NOTHING_REMAINS);
  checkSeen(callers, seen);
  checkAnswers(callers);
  return { sent, seen: seen.length };

  function act(): void {
    const busyCallers = callers.filter((caller) => caller.isBusy);
    switch (chance.below(12)) {
      case 0:
        if (busyCallers.length < size.callers) call();
        return;
      case 1:
      case 2:
      case 3:
        busyCallers[chance.below(busyCallers.length)]?.act();
        return;
      case 4:
      case 5: {
        const busy = origins.filter((origin) => origin.isBusy);
        busy[chance.below(busy.length)]?.act();
        return;
      }
      case 6:
        return disturb();
      case 7:
        world.pass(chance.below(40) === 0 ? 12_000 : chance.below(30));
        return;
      default:
        world.driver.step();
        return;
    }
  }

  function call(): void {
    const far = world.driver.call(80, "192.0.2.7");
    assert.ok(far !== undefined);
    const caller = new RandomCaller(far, sent + 1, chance);
    sent += caller.requests.length;
    callers.push(caller);
  }

  function disturb(): void {
    const origin = origins[chance.below(origins.length)];
    if (origin === undefined) return;
    const { far } = origin;
    if (far.room < 100_000) far.room += chance.below(3_000);
    // In the middle of a response without a length an end would be a proper one.
    if (chance.below(30) === 0 && !origin.isBusy) far.end();
    if (chance.below(60) === 0) far.reset();
  }
}

function outcomeOf(chance: Chance) {
  switch (chance.below(12)) {
    case 0:
      return "refused";
    case 1:
      return "unreachable";
    case 2:
      return "pending";
    default:
      return "connected";
  }
}

/** What is booked belongs to a request in progress, and sockets are used as they may be. */
function checkBooks(world: EdgeWorld): void {
  const { inFlight, connections } = world.edge.load;
  const { leaseCount } = world.balancer;
  assert.ok(
    0 <= inFlight && inFlight <= connections,
    `${inFlight} requests on ${connections} connections`,
  );
  assert.ok(leaseCount <= inFlight, `${leaseCount} holds for ${inFlight}`);
  assert.deepEqual(world.driver.violations, []);
}

const NOTHING_REMAINS = {
  inFlight: 0,
  connections: 0,
  holds: 0,
  outgoing: 0,
  elsewhere: 0,
};

/** What of the world's room is not free. */
export function remains(world: EdgeWorld): typeof NOTHING_REMAINS {
  return {
    inFlight: world.edge.load.inFlight,
    connections: world.edge.load.connections,
    holds: world.balancer.leaseCount,
    outgoing: world.driver.outgoingCount,
    elsewhere: world.driver.elsewhere,
  };
}

/** One request sent is one request seen, with its body; only what may be repeated was, on a connection that waited. */
function checkSeen(
  callers: readonly RandomCaller[],
  seen: readonly Seen[],
): void {
  const requests = new Map(
    callers.flatMap(({ requests }) => requests.map((one) => [one.id, one])),
  );
  const earlier = new Map<number, readonly Seen[]>();
  for (const one of seen) {
    const request = requests.get(one.id);
    assert.ok(request !== undefined, `#${one.id} was never sent`);
    assert.equal(one.method, request.method);
    assert.equal(one.body, request.body, `body of #${one.id}`);
    const others = earlier.get(one.id) ?? [];
    earlier.set(one.id, [...others, one]);
    const [other] = others;
    if (other === undefined) continue;
    const mayRepeat = IDEMPOTENT.includes(one.method) && other.isOnUsed &&
      others.length === 1;
    assert.ok(
      mayRepeat,
      `#${one.id} was seen twice: ${JSON.stringify([...others, one])}`,
    );
  }
}

function checkAnswers(callers: readonly RandomCaller[]): void {
  for (const caller of callers) {
    assert.equal(caller.complaint(), undefined);
  }
}
