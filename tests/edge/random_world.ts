/**
 * Callers and origins that do anything at any moment around one edge, with everything that must hold checked after each
 * step. The same seed does the same.
 */
import assert from "node:assert/strict";
import { Chance } from "../fuzz/chance.ts";
import { EdgeWorld } from "./edge_world.ts";
import { RandomCaller } from "./random_caller.ts";
import { ADAPTIVE, tiersOf } from "../engine/fleets.ts";
import { RandomOrigin, type Seen } from "./random_origin.ts";

/** One request at a time has the card of a backend, so that others wait. */
const TIERS = tiersOf([
  ["small", 1, 1, 5, 0, 0],
  ["card", 1, 1, 5, 1, 16],
]);
const WAIT_MS_MAX = 5_000;
const HOLD_MS = 20_000;
/** Promises settle once in so many steps. */
const TURN_EVERY = 8;
/** More than any chain of promises in the edge is long. */
const PROMISES_MAX = 20;
/** Enough for whoever waits to be told, and for those who stand behind them. */
const WEAR_TURNS = 60;

const IDEMPOTENT = ["GET", "HEAD", "PUT", "DELETE"];

/** How large a world is. */
export interface Size {
  readonly steps: number;
  readonly callers: number;
  readonly backends: number;
}

/** What happened in a world. */
export interface Lived {
  /** Requests that callers made up. */
  readonly sent: number;
  /** Requests that origins saw whole. */
  readonly seen: number;
  /** Requests that waited for room and got it. */
  readonly served: number;
  /** Requests that waited for it in vain. */
  readonly timedOut: number;
}

/** Lives through one world. */
export async function liveThrough(
  seed: number,
  size: Size,
): Promise<Lived> {
  const chance = new Chance(seed);
  using world = new EdgeWorld({
    backends: Array.from({ length: size.backends }, () => ({})),
    settings: { tierPeekBytes: chance.oneOf([0, 64, 4_096]) },
    gpus: 1,
    balancer: {
      tiers: TIERS,
      queue: { lengthMax: chance.oneOf([1, 4]), waitMsMax: WAIT_MS_MAX },
      holdMs: HOLD_MS,
      ...chance.oneOf([{}, { routing: ADAPTIVE }]),
    },
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
  for (let step = 0; step < size.steps; step++) {
    if (chance.below(TURN_EVERY) === 0) await turn();
    else act();
  }
  for (const caller of callers) if (caller.isBusy) caller.far.room = Infinity;
  world.driver.settle();
  for (let i = 0; i < WEAR_TURNS; i++) {
    await turn();
    world.leap(WAIT_MS_MAX);
  }
  await turn();
  world.wearOut();
  assert.deepEqual(remains(world), NOTHING_REMAINS);
  checkSeen(callers, seen);
  checkAnswers(callers);
  const queue = world.balancer.queue(world.clock.monotonicMs());
  return {
    sent,
    seen: seen.length,
    served: queue?.served ?? 0,
    timedOut: queue?.timedOut ?? 0,
  };

  /** Promises settle, and nothing else happens meanwhile. */
  async function turn(): Promise<void> {
    for (let i = 0; i < PROMISES_MAX; i++) await Promise.resolve();
    checkBooks(world);
  }

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
  const { balancer } = world;
  assert.equal(world.traffic.open, inFlight);
  const requests = requestLeases(world);
  assert.ok(
    0 <= inFlight && inFlight <= connections,
    `${inFlight} requests on ${connections} connections`,
  );
  assert.ok(requests <= inFlight, `${requests} holds for ${inFlight}`);
  const { atBackends } = balancer;
  assert.ok(atBackends <= inFlight, `${atBackends} of ${inFlight} at backends`);
  assert.equal(atBackends, balancer.untold);
  assert.ok(balancer.unanswered <= atBackends);
  assert.deepEqual(world.driver.violations, []);
}

const NOTHING_REMAINS = {
  inFlight: 0,
  connections: 0,
  holds: 0,
  outgoing: 0,
  elsewhere: 0,
  atBackends: 0,
  untold: 0,
  unanswered: 0,
  waiting: 0,
};

/** What of the world's room is not free. */
export function remains(world: EdgeWorld): typeof NOTHING_REMAINS {
  return {
    inFlight: world.edge.load.inFlight,
    connections: world.edge.load.connections,
    holds: requestLeases(world),
    outgoing: world.driver.outgoingCount,
    elsewhere: world.driver.elsewhere,
    atBackends: world.balancer.atBackends,
    untold: world.balancer.untold,
    unanswered: world.balancer.unanswered,
    waiting: world.balancer.queue(world.clock.monotonicMs())?.depth ?? 0,
  };
}

/** Leases that are not sessions', which have a life of their own. */
function requestLeases({ balancer, clock }: EdgeWorld): number {
  const sessions = balancer.leases(clock.monotonicMs()).length;
  return balancer.leaseCount - sessions;
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
