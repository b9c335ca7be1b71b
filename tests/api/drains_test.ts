import assert from "node:assert/strict";
import { clientViews } from "../../src/wire/client_view.ts";
import { drainAnswer, drainsAnswer } from "../../src/wire/drain_answer.ts";
import { type ApiHome, read } from "./api_home.ts";
import { registered } from "../engine/machines.ts";
import { homeOver } from "./small_fleet.ts";

const STICKY = { settings: { stickyHeader: "X-Session-ID" } };

Deno.test("a drain is answered with what is left, and stored before that", async () => {
  const home = homeOver({ a: {}, b: { cpuPct: 50 } });
  assert.equal((await home.post("/route", { tier: "small" }))[0], 200);
  const [status, body] = await home.post("/_opsen/backends/a/drain", {
    deadline_seconds: 60,
  });
  assert.equal(status, 200);
  assert.deepEqual(body, {
    client_id: "a",
    state: "draining",
    by: ["operator"],
    since: isoIn(home, 0),
    deadline: isoIn(home, 60_000),
    sessions: 1,
    in_flight: 0,
  });
  assert.deepEqual(drainAnswer.parse(body), body);
  assert.deepEqual(home.store.tables.drains.get("a"), {
    backendId: "a",
    by: ["operator"],
    sinceMs: home.clock.wallMs(),
    deadlineMs: home.clock.wallMs() + 60_000,
  });
  const [, placed] = await home.post("/route", { tier: "small" });
  assert.equal(placed.client_id, "b");
});

Deno.test("a drain goes from none to drained and back, as everybody sees it", async () => {
  const home = homeOver({ a: {}, b: { cpuPct: 50 } }, STICKY);
  const path = "/_opsen/backends/a/drain";
  assert.deepEqual(await home.get(path), [200, NONE]);
  assert.deepEqual(await shownIn(home), [undefined, undefined]);
  const session = { "x-session-id": "s1" };
  const [, placed] = await home.post("/route", { tier: "small" }, session);
  assert.equal(placed.client_id, "a");
  await home.post(path, {});
  assert.equal((await home.get(path))[1].state, "draining");
  assert.deepEqual(await shownIn(home), ["draining", undefined]);
  await home.send("DELETE", `/_opsen/leases/${placed.lease_id}`);

  const [, drained] = await home.get(path);
  assert.deepEqual([drained.state, drained.sessions], ["drained", 0]);
  const [, all] = await home.get("/_opsen/drains");
  assert.deepEqual(drainsAnswer.parse(all), { drains: [drained] });
  assert.deepEqual(await shownIn(home), ["drained", undefined]);

  const undrained = await home.post("/_opsen/backends/a/undrain", {});
  assert.deepEqual(undrained, [200, NONE]);
  assert.deepEqual(drainAnswer.parse(undrained[1]), NONE);
  assert.equal(home.store.tables.drains.size, 0);
  assert.deepEqual((await home.get("/_opsen/drains"))[1], { drains: [] });
});

Deno.test("asking twice is no mistake: the first instant stays, a new deadline counts", async () => {
  const home = homeOver({ a: {} });
  const path = "/_opsen/backends/a/drain";
  await home.post("/route", { tier: "small" });
  const [, first] = await home.post(path, {});
  home.clock.advance(1000);
  const [status, second] = await home.post(path, { deadline_seconds: 5 });
  assert.deepEqual([status, second.since], [200, first.since]);
  assert.equal(second.deadline, isoIn(home, 5000));
  for (let times = 0; times < 2; times++) {
    const undrained = await home.post("/_opsen/backends/a/undrain", {});
    assert.deepEqual(undrained, [200, NONE]);
  }
});

Deno.test("too many that are unavailable are a refusal that names them", async () => {
  const home = homeOver({ a: {}, b: {}, c: {} });
  const drain = (id: string) =>
    home.post(`/_opsen/backends/${id}/drain`, { max_unavailable: 1 });
  assert.equal((await drain("a"))[0], 200);
  const [status, body] = await drain("b");
  assert.deepEqual([status, body.code], [409, "too_many_unavailable"]);
  assert.deepEqual(body.unavailable, ["a"]);
  assert.match(String(body.detail), /unavailable already: a$/);
  assert.equal((await drain("a"))[0], 200);
  assert.deepEqual([...home.store.tables.drains.keys()], ["a"]);
});

Deno.test("a backend that nobody knows can't be shown, drained or put back", async () => {
  const home = homeOver({ "a:1": {} });
  for (const id of ["b", "a", "%20", "..%2fa", "x".repeat(500)]) {
    const path = `/_opsen/backends/${id}`;
    for (
      const answer of [
        await home.send("GET", `${path}/drain`),
        await home.send("POST", `${path}/drain`),
        await home.send("POST", `${path}/undrain`),
      ]
    ) {
      const [status, body] = await read(answer);
      assert.deepEqual([status, body.code], [404, "unknown_client"]);
      assert.ok(String(body.detail).length < 100);
    }
  }
  assert.equal((await home.get("/_opsen/backends/a%3A1/drain"))[0], 200);
});

Deno.test("limits that can't be meant change nothing", async () => {
  const home = homeOver({ a: {} });
  const before = home.state();
  const path = "/_opsen/backends/a/drain";
  for (
    const body of [
      { deadline_seconds: -1 },
      { deadline_seconds: 604_801 },
      { deadline_seconds: "60" },
      { max_unavailable: 0 },
      { max_unavailable: 1.5 },
      { max_unavailable: 100_001 },
    ]
  ) {
    const [status, { code }] = await home.post(path, body);
    assert.deepEqual([status, code], [400, "invalid_field"]);
  }
  const form = { "content-type": "application/x-www-form-urlencoded" };
  for (const action of ["drain", "undrain"]) {
    const answer = await home.send(
      ...["POST", `/_opsen/backends/a/${action}`, "a=1", form] as const,
    );
    assert.equal(answer.status, 415);
  }
  assert.equal(home.state(), before);
  const allowed = await home.send("DELETE", path);
  assert.deepEqual([allowed.status, allowed.headers.get("allow")], [
    405,
    "GET, HEAD, POST",
  ]);
});

Deno.test("a drain needs no body, and nulls are as good as nothing", async () => {
  const home = homeOver({ a: {} });
  const path = "/_opsen/backends/a/drain";
  for (const body of [undefined, "", '{"deadline_seconds":null}']) {
    const [status, answer] = await read(await home.send("POST", path, body));
    assert.deepEqual([status, "deadline" in answer], [200, false]);
  }
});

Deno.test("a store that takes nothing is said with every change", async () => {
  const home = homeOver({ a: {} });
  home.store.degrade("disk full");
  for (const action of ["drain", "undrain"]) {
    const [status, body] = await home.post(`/_opsen/backends/a/${action}`, {});
    assert.deepEqual([status, body.durable], [200, false]);
  }
  assert.ok(!("durable" in (await home.get("/_opsen/backends/a/drain"))[1]));
});

Deno.test("who has no key learns and changes nothing", async () => {
  const home = homeOver({ a: {} }, { keys: ["k1"] });
  for (
    const [method, path] of [
      ["GET", "/_opsen/drains"],
      ["GET", "/_opsen/backends/a/drain"],
      ["POST", "/_opsen/backends/a/drain"],
      ["POST", "/_opsen/backends/a/undrain"],
    ] as const
  ) assert.equal((await home.send(method, path)).status, 401, path);
  assert.equal(home.store.tables.drains.size, 0);
});

const NONE = { client_id: "a", state: "none" };

/** What `GET /clients` says of each backend's drain. */
async function shownIn(home: ApiHome): Promise<unknown[]> {
  const [, body] = await home.get("/clients");
  return clientViews.parse(body).map(({ drain }) => drain?.state);
}

function isoIn(home: ApiHome, ms: number): string {
  return new Date(home.clock.wallMs() + ms).toISOString();
}

Deno.test("the drain of a backend that was forgotten is shown, and an operator can end it", async () => {
  const home = homeOver({ a: {}, b: {} });
  await home.post("/_opsen/backends/a/drain", {});
  home.clock.advance(60_000);
  home.balancer.register(registered("b"), home.clock.monotonicMs());
  assert.deepEqual(
    home.balancer.removeSilent(1000, home.clock.monotonicMs()),
    ["a"],
  );
  const [status, kept] = await home.get("/_opsen/backends/a/drain");
  assert.deepEqual([status, kept.state], [200, "drained"]);
  assert.deepEqual((await home.get("/_opsen/drains"))[1], { drains: [kept] });
  assert.equal((await home.post("/_opsen/backends/a/drain", {}))[0], 200);
  assert.deepEqual(await home.post("/_opsen/backends/a/undrain", {}), [
    ...[200, NONE],
  ]);
  assert.equal((await home.get("/_opsen/backends/a/drain"))[0], 404);
});
