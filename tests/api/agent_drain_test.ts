import assert from "node:assert/strict";
import { REGISTER, STATS } from "../wire/samples.ts";
import { ApiHome } from "./api_home.ts";

/** What an operator sees of the backend's draining. */
function drainOf(home: ApiHome) {
  const [view] = home.balancer.backends(home.clock.monotonicMs());
  return view?.drain;
}

const DRAINING = { instance: "i-1", draining: true };
const IN_SERVICE = { instance: "i-1", draining: false };

Deno.test("a client that says so drains its machine with either message, and is told when nothing is left", async () => {
  for (const [path, body] of [["/register", REGISTER], ["/stats", STATS]]) {
    const home = new ApiHome();
    await home.post("/register", REGISTER);
    home.clock.advance(1000);
    const [status, answer] = await home.post(`${path}`, {
      ...body as object,
      ...DRAINING,
    });
    assert.equal(status, 200);
    assert.equal(answer["drained"], true);
    assert.deepEqual(drainOf(home)?.by, ["agent"]);
    assert.deepEqual(home.store.load().drains.map(({ by }) => by), [["agent"]]);
  }
});

Deno.test("a newcomer that drains already gets nothing from the start", async () => {
  const home = new ApiHome();
  await home.post("/register", { ...REGISTER, ...DRAINING });
  assert.deepEqual(drainOf(home)?.by, ["agent"]);
  await home.post("/stats", { ...STATS, ...DRAINING });
  assert.equal((await home.post("/route", { tier: "small" }))[0], 503);
});

Deno.test("a client with sessions is not drained before they end", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  await home.post("/stats", STATS);
  const [, { lease_id }] = await home.post("/route", { tier: "small" });
  assert.equal(typeof lease_id, "string");
  const [, left] = await home.post("/stats", { ...STATS, ...DRAINING });
  assert.equal("drained" in left, false);
  home.clock.advance(121_000);
  const [, empty] = await home.post("/stats", { ...STATS, ...DRAINING });
  assert.equal(empty["drained"], true);
});

Deno.test("a client that is back takes its machine into service again", async () => {
  const home = new ApiHome();
  await home.post("/register", { ...REGISTER, ...DRAINING });
  home.clock.advance(5000);
  const [, answer] = await home.post("/register", {
    ...REGISTER,
    ...IN_SERVICE,
  });
  assert.deepEqual(answer, { status: "registered" });
  assert.equal(drainOf(home), undefined);
  assert.deepEqual(home.store.load().drains, []);
});

Deno.test("what an operator drains, its client does not take back", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  home.balancer.drain("node-1", "operator", home.clock.monotonicMs());
  await home.post("/stats", { ...STATS, ...IN_SERVICE });
  assert.deepEqual(drainOf(home)?.by, ["operator"]);
});

Deno.test("a Go client says nothing of it and changes nothing", async () => {
  const home = new ApiHome();
  await home.post("/register", { ...REGISTER, ...DRAINING });
  await home.post("/register", REGISTER);
  await home.post("/stats", STATS);
  assert.deepEqual(drainOf(home)?.by, ["agent"]);
});

Deno.test("a drain that is told again is stored once", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  let writes = 0;
  const saveDrain = home.store.saveDrain.bind(home.store);
  home.store.saveDrain = (drain) => {
    writes++;
    return saveDrain(drain);
  };
  for (let i = 0; i < 3; i++) {
    await home.post("/stats", { ...STATS, ...DRAINING });
    home.clock.advance(2000);
  }
  assert.equal(writes, 1);
});

Deno.test("a drain that only memory has is said to be no more than that", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  home.store.degrade("disk full");
  const [, answer] = await home.post("/stats", { ...STATS, ...DRAINING });
  assert.equal(answer["durable"], false);
});
