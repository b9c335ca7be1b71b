import assert from "node:assert/strict";
import { purgeAnswer } from "../../src/wire/answers.ts";
import { clientViews } from "../../src/wire/client_view.ts";
import { registered, reported } from "../engine/machines.ts";
import { REGISTER, STATS } from "../wire/samples.ts";
import { ApiHome } from "./api_home.ts";

Deno.test("the fleet is listed, first registered first, with times in UTC", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  await home.post("/register", { ...REGISTER, client_id: "node-2" });
  await home.post("/stats", STATS);
  const reportedAtMs = home.clock.wallMs();
  home.clock.advance(1500);
  const [status, body] = await home.get("/clients");
  assert.equal(status, 200);
  const [first, second] = clientViews.parse(body);
  assert.equal(first?.client_id, "node-1");
  assert.equal(first?.last_seen, new Date(reportedAtMs).toISOString());
  assert.deepEqual(first?.cpu_usage_pct, [12.5, 50]);
  assert.deepEqual([first?.routable, first?.not_routable_because], [
    true,
    null,
  ]);
  assert.equal(second?.routable, false);
  assert.equal(second?.not_routable_because, "no report yet");
});

Deno.test("what a session holds is shown", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  await home.post("/stats", STATS);
  await home.post("/route", { tier: "small" });
  const [, body] = await home.get("/clients");
  const [view] = clientViews.parse(body);
  assert.deepEqual(view?.held, {
    leases: 1,
    vcpu: 1,
    memory_gb: 1,
    storage_gb: 5,
  });
});

Deno.test("only those heard of lately are listed when asked for", async () => {
  const home = homeWithOldAndNew();
  const idsOf = async (query: string) => {
    const [, body] = await home.get(`/clients${query}`);
    return clientViews.parse(body).map(({ client_id }) => client_id);
  };
  assert.deepEqual(await idsOf(""), ["old", "new"]);
  assert.deepEqual(await idsOf("?active_only=true"), ["new"]);
  assert.deepEqual(await idsOf("?active_only=1"), ["new"]);
  assert.deepEqual(await idsOf("?active_only=false"), ["old", "new"]);
  assert.deepEqual(await idsOf("?active_only=%zz"), ["old", "new"]);
});

for (const method of ["POST", "DELETE"]) {
  Deno.test(`${method} /clients/purge forgets those that are silent, in memory and in the store`, async () => {
    const home = homeWithOldAndNew();
    await home.store.saveRegistration(registered("old"), 0);
    await home.store.saveRegistration(registered("new"), 0);
    const response = await home.send(method, "/clients/purge", undefined, {});
    assert.equal(response.status, 200);
    const body = await response.json();
    assert.deepEqual(body, {
      status: "success",
      purged: 1,
      cache_purged: 1,
      db_purged: 0,
      timestamp: new Date(home.clock.wallMs()).toISOString(),
    });
    assert.deepEqual(purgeAnswer.parse(body), body);
    assert.deepEqual([...home.store.tables.backends.keys()], ["new"]);
    assert.equal(home.balancer.size, 1);
  });

  Deno.test(`${method} /clients/purge-pending ends every hold, in memory and in the store`, async () => {
    const home = homeWithOldAndNew();
    await home.post("/route", { tier: "small" });
    await home.post("/route", { tier: "small" });
    assert.equal(home.store.tables.leases.size, 2);
    const response = await home.send(method, "/clients/purge-pending");
    assert.deepEqual(await response.json(), {
      status: "success",
      purged: 2,
      timestamp: new Date(home.clock.wallMs()).toISOString(),
    });
    assert.equal(home.balancer.leaseCount, 0);
    assert.equal(home.store.tables.leases.size, 0);
  });
}

Deno.test("a purge of nothing succeeds", async () => {
  const home = new ApiHome();
  assert.equal((await home.post("/clients/purge", {}))[1].purged, 0);
  assert.equal((await home.post("/clients/purge-pending", {}))[1].purged, 0);
  assert.deepEqual(home.logger.messages("info"), []);
});

Deno.test("a purge that a browser's form sends is refused", async () => {
  const home = homeWithOldAndNew();
  const response = await home.send(
    "POST",
    "/clients/purge",
    "a=b",
    { "content-type": "application/x-www-form-urlencoded" },
  );
  assert.equal(response.status, 415);
  assert.equal((await response.json()).code, "unsupported_media_type");
  assert.equal(home.balancer.size, 2);
});

function homeWithOldAndNew(): ApiHome {
  const home = new ApiHome();
  home.balancer.register(registered("old"), home.clock.monotonicMs());
  home.clock.advance(300_001);
  const now = home.clock.monotonicMs();
  home.balancer.register(registered("new"), now);
  home.balancer.report("new", reported(), now);
  return home;
}
