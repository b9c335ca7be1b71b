import assert from "node:assert/strict";
import { EdgeWorld, SETTINGS } from "./edge_world.ts";
import { answered, head, OK, post, statusesOf } from "./exchanges.ts";
import type { FarEnd } from "./far_end.ts";

const ASK = head("GET /ws", "Connection: Upgrade", "Upgrade: websocket");
const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
const SOME = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome";

/** A world, its caller and its origin in the middle of something. */
interface Moment {
  readonly world: EdgeWorld;
  readonly caller: FarEnd;
  readonly origin: FarEnd;
}

/** A request was sent, and its origin has said this. */
function after(response: string, request = head("GET /")): Moment {
  const world = new EdgeWorld();
  const caller = world.call(request);
  const { origin } = world;
  world.say(origin, response);
  return { world, caller, origin };
}

/** How the only request ended: its end, its status, its octets. */
function told({ world }: Moment): readonly unknown[] {
  const { requests } = world.traffic;
  assert.equal(requests.length, 1);
  const { end, status, bytesIn, bytesOut } = world.traffic.last;
  return [end, status, bytesIn, bytesOut];
}

Deno.test("a caller that leaves is told as one that left, with what it had", () => {
  for (const how of ["end", "reset"] as const) {
    const early = after("");
    using _early = early.world;
    early.world[how](early.caller);
    assert.deepEqual(told(early), ["caller_left", 0, 0, 0]);
    const late = after(SOME);
    using _late = late.world;
    late.world[how](late.caller);
    assert.deepEqual(told(late), ["caller_left", 200, 0, 4]);
    const half = after(
      "",
      `${post("/", "", "image/png").replace(": 0", ": 9")}x`,
    );
    using _half = half.world;
    half.world[how](half.caller);
    assert.deepEqual(told(half), ["caller_left", 0, 1, 0]);
  }
});

Deno.test("a caller that takes nothing is one that left", () => {
  const moment = after("");
  using world = moment.world;
  moment.caller.room = 10;
  world.say(moment.origin, SOME);
  world.pass(SETTINGS.writeStallMs + 100);
  assert.deepEqual(told(moment), ["caller_left", 200, 0, 4]);
});

Deno.test("an answer that breaks off is told as cut off, with its own status", () => {
  for (const how of ["end", "reset"] as const) {
    const moment = after(SOME);
    using world = moment.world;
    world[how](moment.origin);
    assert.deepEqual(told(moment), ["cut_off", 200, 0, 4]);
  }
  const silent = after(SOME);
  using world = silent.world;
  world.pass(SETTINGS.idleTimeoutMs + 100);
  assert.deepEqual(told(silent), ["cut_off", 200, 0, 4]);
});

Deno.test("what the end of the server cuts off is not the caller's doing", () => {
  const moment = after(SOME);
  using world = moment.world;
  void world.edge.ended(0);
  assert.deepEqual(told(moment), ["cut_off", 200, 0, 4]);
  const stream = after(
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: x\n\n\r\n",
  );
  using _ = stream.world;
  void stream.world.edge.ended(0);
  assert.deepEqual(told(stream), ["complete", 200, 0, 9]);
});

Deno.test("a tunnel is told when it is over, with all that passed", () => {
  const moment = after(`${SWITCHING}12`, `${ASK}abc`);
  using world = moment.world;
  world.say(moment.caller, "de");
  world.say(moment.origin, "345");
  world.end(moment.caller);
  assert.deepEqual(world.traffic.requests, []);
  world.end(moment.origin);
  assert.deepEqual(told(moment), ["complete", 101, 5, 5]);
});

Deno.test("a tunnel that breaks says who broke it", () => {
  const ends: Record<string, (moment: Moment) => void> = {
    caller_left: ({ world, caller }) => world.reset(caller),
    cut_off: ({ world, origin }) => world.reset(origin),
  };
  for (const [end, breaks] of Object.entries(ends)) {
    const moment = after(SWITCHING, ASK);
    using _ = moment.world;
    breaks(moment);
    assert.deepEqual(told(moment), [end, 101, 0, 0]);
  }
  const left = after(SWITCHING, ASK);
  using _left = left.world;
  left.world.end(left.caller);
  left.world.reset(left.origin);
  assert.deepEqual(told(left), ["caller_left", 101, 0, 0]);
  const idle = after(SWITCHING, ASK);
  using _idle = idle.world;
  idle.world.pass(SETTINGS.idleTimeoutMs + 100);
  assert.deepEqual(told(idle), ["cut_off", 101, 0, 0]);
});

Deno.test("a WebSocket that is told that the server goes has a proper end, another tunnel is cut off", () => {
  const whole = after(SWITCHING, ASK);
  using _whole = whole.world;
  void whole.world.edge.ended(0);
  assert.deepEqual(told(whole), ["complete", 101, 0, 0]);
  const inFrame = after(`${SWITCHING}\x81`, ASK);
  using _inFrame = inFrame.world;
  void inFrame.world.edge.ended(0);
  assert.deepEqual(told(inFrame), ["cut_off", 101, 0, 1]);
});

Deno.test("requests sent ahead are each told once, in their order", () => {
  using world = new EdgeWorld();
  world.onConnection = (far) => far.onReceived = () => far.send(OK);
  const targets = Array.from({ length: 40 }, (_, i) => `/${i}`);
  const requests = targets.map((target) => head(`GET ${target}`)).join("");
  const caller = world.call(requests);
  world.pass(100);
  assert.equal(statusesOf(caller.received).length, targets.length);
  assert.deepEqual(
    world.traffic.requests.map(({ target }) => target),
    targets,
  );
});

Deno.test("what is told of a request is kept while the next one passes", () => {
  using world = new EdgeWorld();
  const caller = answered(world, OK, head("GET /one"));
  const { last } = world.traffic;
  world.say(caller, head("GET /two"));
  world.say(world.origin, OK);
  assert.equal(last.target, "/one");
  assert.equal(world.traffic.last.target, "/two");
});
