import assert from "node:assert/strict";
import { REGISTER, REPORT, STATS } from "../wire/samples.ts";
import { ApiHome } from "./api_home.ts";

Deno.test("a report counts at once and is stored", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  home.clock.advance(5000);
  assert.deepEqual(await home.post("/stats", STATS), [200, { status: "ok" }]);
  const [view] = home.balancer.backends(home.clock.monotonicMs());
  assert.deepEqual(view?.report, REPORT);
  assert.deepEqual(home.store.tables.reports, [
    { backendId: "node-1", report: REPORT, atMs: home.clock.wallMs() },
  ]);
});

Deno.test("a client that the server doesn't know is told so, and nothing is stored", async () => {
  const home = new ApiHome();
  const before = home.state();
  const [status, body] = await home.post("/stats", STATS);
  assert.equal(status, 404);
  assert.equal(body.code, "unknown_client");
  assert.equal(body.detail, "Unknown client: node-1");
  assert.equal(home.state(), before);
});

Deno.test("a report of a client that was forgotten is taken again after it registered again", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  home.clock.advance(300_001);
  await home.post("/clients/purge", {});
  assert.equal((await home.post("/stats", STATS))[0], 404);
  await home.post("/register", REGISTER);
  assert.equal((await home.post("/stats", STATS))[0], 200);
});

Deno.test("a report without an id is refused in the words of the Go server", async () => {
  const [status, body] = await new ApiHome().post("/stats", { cpu_cores: 2 });
  assert.equal(status, 400);
  assert.equal(body.detail, "Missing required field: client_id");
});
