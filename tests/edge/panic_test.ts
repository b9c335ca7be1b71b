import assert from "node:assert/strict";
import { DecisionLog } from "../../src/engine/decision_log.ts";
import { PANIC_MESSAGE } from "../../src/edge/panic.ts";
import { tiersOf } from "../engine/fleets.ts";
import { EdgeWorld, type WorldOptions } from "./edge_world.ts";
import { head, OK, post, problemOf, statusesOf } from "./exchanges.ts";
import { PlantedFault, Tripwire } from "./tripwire.ts";

/** More calls than any of these requests makes. */
const CALLS_MAX = 200;

interface Script {
  readonly options?: WorldOptions;
  /** What the caller sends. */
  readonly request: string;
  /** What its origin answers; nobody is asked without. */
  readonly response?: string;
  /** What the end of a whole answer looks like. */
  readonly end: string;
  /** Calls of which it must have been tried what their failing does. */
  readonly calls: readonly string[];
}

const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

const SCRIPTS: Readonly<Record<string, Script>> = {
  "a proxied request": {
    request: head("GET /"),
    response: OK,
    end: "ok",
    calls: ["locate", "wants", "explain", "place", "add", "connect", "finish"],
  },
  "a request to a backend with a name": {
    options: { backends: [{ endpoint: "http://one.example" }] },
    request: head("GET /"),
    response: OK,
    end: "ok",
    calls: ["resolve", "connect"],
  },
  "a new session whose body names its tier": {
    request: post("/", `{"tier":"small"}`, "application/json", "X-Session: s"),
    response: OK,
    end: "ok",
    calls: ["place", "saveSticky", "saveLease", "connect", "finish"],
  },
  "two requests sent ahead": {
    request: head("GET /") + head("GET /two"),
    response: OK,
    end: "ok",
    calls: ["place", "finish"],
  },
  "an upgrade": {
    request: head("GET /", "Connection: upgrade", "Upgrade: websocket"),
    response: SWITCHING,
    end: "\r\n\r\n",
    calls: ["place", "connect", "finish"],
  },
  "a question to the API": {
    request: head("GET /health"),
    response: OK,
    end: "ok",
    calls: ["connect"],
  },
  "POST /route, answered at once": {
    options: { local: () => ({ status: 200, fields: {}, body: "at once" }) },
    request: post("/route", "{}"),
    end: "at once",
    calls: ["local", "wallMs"],
  },
  "POST /route, answered later": {
    options: {
      local: () => Promise.resolve({ status: 200, fields: {}, body: "later" }),
    },
    request: post("/route", "{}"),
    end: "later",
    calls: ["local", "wallMs"],
  },
};

for (const [what, script] of Object.entries(SCRIPTS)) {
  Deno.test(`wherever the program fails in ${what}, that request alone fails`, async () => {
    const seen = new Set<string>();
    let number = 0;
    while (await faultAt(++number, script, seen)) {
      assert.ok(number < CALLS_MAX, "There is always another call");
    }
    for (const call of script.calls) assert.ok(seen.has(call), call);
  });
}

Deno.test("wherever the program fails as a request goes on that has waited for room, that request alone fails", async () => {
  const seen = new Set<string>();
  for (let number = 1;; number++) {
    assert.ok(number < CALLS_MAX, "There is always another call");
    const tripwire = new Tripwire();
    using world = new EdgeWorld({
      gpus: 1,
      tripwire,
      balancer: {
        tiers: tiersOf([["card", 1, 1, 5, 1, 16], ["small", 1, 1, 5, 0, 0]]),
        queue: { lengthMax: 2, waitMsMax: 10_000 },
      },
    });
    const busy = world.call(head("GET /?tier=card"));
    const taken = world.origin;
    const waiting = world.call(head("GET /?tier=card", "X-Session: s"));
    world.onConnection = (far) => far.onReceived = () => far.send(OK);
    taken.onReceived = () => taken.send(OK);
    tripwire.arm(number);
    world.say(taken, OK);
    await world.turn();
    tripwire.disarm();
    assert.ok(busy.received.endsWith("ok"));
    const { tripped } = tripwire;
    if (tripped === undefined) break;
    seen.add(tripped);
    const [status] = statusesOf(waiting.received);
    assert.equal(status, tripped === "finish" ? 200 : 500, tripped);
  }
  for (const call of ["saveSticky", "saveLease"]) {
    assert.ok(seen.has(call), call);
  }
});

/** Runs the script with a fault at that call; false when there is no such call. */
async function faultAt(
  number: number,
  { options, request, response, end }: Script,
  seen: Set<string>,
): Promise<boolean> {
  const tripwire = new Tripwire();
  const decisions = new DecisionLog(
    { entries: 10, samplePct: 100 },
    { chance: () => 0, take: () => {} },
  );
  using world = new EdgeWorld({ decisions, ...options, tripwire });
  world.names.set("one.example", ["10.0.0.1"]);
  const innocent = world.call(head("GET /health"));
  world.say(world.origin, OK.replace("\r\n", "\r\nConnection: close\r\n"));
  assert.equal(statusesOf(innocent.fresh())[0], 200);
  world.onConnection = (far) =>
    far.onReceived = () => {
      if (response !== undefined) far.send(response);
    };

  tripwire.arm(number);
  const caller = world.call(request);
  await world.turn();
  world.pass(200);
  await world.turn();
  const { fate } = caller;
  world.reset(caller);
  tripwire.disarm();

  const { tripped } = tripwire;
  if (tripped !== undefined) {
    const where = `${tripped}, call ${number}`;
    const [line, ...more] = world.logger.lines.filter(({ level }) =>
      level === "error"
    );
    assert.deepEqual(more, [], where);
    assert.equal(line?.message, PANIC_MESSAGE, where);
    assert.ok(line?.data?.error instanceof PlantedFault, where);
    const { received } = caller;
    const lastAt = received.lastIndexOf("HTTP/1.1 ");
    const last = received.slice(lastAt);
    const before = received.slice(0, lastAt);
    assert.ok(before === "" || before.endsWith(end), `${where}: ${received}`);
    if (statusesOf(last)[0] === 500) {
      const { code, request_id } = problemOf(last);
      assert.equal(code, "internal_error", where);
      assert.equal(line?.data?.requestId, request_id, where);
      assert.equal(fate, "closed", where);
    } else if (fate === "open" || fate === "closed") {
      assert.ok(received.endsWith(end), `${where}: ${received}`);
    } else assert.equal(fate, "aborted", where);
    seen.add(tripped);
  }
  world.onConnection = (far) => far.onReceived = () => far.send(OK);
  world.say(innocent, head("GET /health"));
  assert.ok(innocent.fresh().endsWith("ok"), "another connection suffered");
  assert.equal(innocent.fate, "open");
  return tripped !== undefined;
}
