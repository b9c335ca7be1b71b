import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import type { FarEnd } from "./far_end.ts";

/** A request that has reached its backend. */
function asked(world: EdgeWorld, text: string): [FarEnd, FarEnd] {
  let origin: FarEnd | undefined;
  world.onConnection = (far) => origin = far;
  const caller = world.call();
  world.say(caller, text);
  assert.ok(origin !== undefined);
  return [caller, origin];
}

Deno.test("a backend owes an answer from the last octet of a request to the first of its response", () => {
  using world = new EdgeWorld({ backends: [{}] });
  const [caller, origin] = asked(
    world,
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/css\r\nContent-Length: 2\r\n\r\n",
  );
  assert.equal(world.balancer.unanswered, 0);
  world.say(caller, "hi");
  assert.equal(world.balancer.unanswered, 1);
  world.say(origin, "HTTP/1.1 103 Early Hints\r\n\r\n");
  assert.equal(world.balancer.unanswered, 1);
  world.say(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
  assert.equal(world.balancer.unanswered, 0);
  assert.equal(world.balancer.atBackends, 1);
  world.say(origin, "ok");
});

Deno.test("a backend owes nothing to a caller that has left, or once it has failed", () => {
  using world = new EdgeWorld({ backends: [{}] });
  const [caller] = asked(world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal(world.balancer.unanswered, 1);
  world.reset(caller);
  assert.equal(world.balancer.unanswered, 0);
  const [, origin] = asked(world, "POST / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal(world.balancer.unanswered, 1);
  world.reset(origin);
  assert.equal(world.balancer.unanswered, 0);
});

Deno.test("an answer is told apart from a fault of the backend's as soon as its head is there", () => {
  using world = new EdgeWorld({ backends: [{}] });
  for (const status of [200, 404, 500, 501, 503]) {
    const [, origin] = asked(world, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    world.say(origin, `HTTP/1.1 ${status} So\r\nContent-Length: 2\r\n\r\n`);
  }
  assert.deepEqual(world.balancer.changes, [
    ...["begun", "answered", "begun", "answered", "begun", "failed_answer"],
    ...["begun", "answered", "begun", "failed_answer"],
  ]);
  assert.deepEqual(world.balancer.told, []);
});
