import assert from "node:assert/strict";
import { REGISTER, REGISTRATION } from "../wire/samples.ts";
import { ApiHome } from "./api_home.ts";

Deno.test("a registration is in the fleet and in the store when its answer arrives", async () => {
  const home = new ApiHome();
  assert.deepEqual(await home.post("/register", REGISTER), [
    200,
    { status: "registered" },
  ]);
  const registration = { ...REGISTRATION, registeredFrom: "192.0.2.9" };
  const [view] = home.balancer.backends(home.clock.monotonicMs());
  assert.deepEqual(view?.registration, registration);
  const [stored] = home.store.load().backends;
  assert.deepEqual(stored?.registration, registration);
  assert.equal(stored?.lastSeenMs, home.clock.wallMs());
});

Deno.test("a second registration replaces what the first said", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  const [status] = await home.post("/register", { ...REGISTER, total_cpu: 4 });
  assert.equal(status, 200);
  assert.equal(home.balancer.size, 1);
  assert.equal(home.store.load().backends[0]?.registration.totalCores, 4);
});

Deno.test("the answer waits for the store and says when only memory has the registration", async () => {
  const home = new ApiHome();
  home.store.degrade("disk full");
  assert.deepEqual(await home.post("/register", REGISTER), [
    200,
    { status: "registered", durable: false },
  ]);
  assert.equal(home.balancer.size, 1);
});

Deno.test("a store that fails to acknowledge leaves a backend that is registered in memory", async () => {
  const home = new ApiHome();
  home.store.saveRegistration = () => Promise.reject(new Error("closed"));
  assert.deepEqual(await home.post("/register", REGISTER), [
    200,
    { status: "registered", durable: false },
  ]);
  assert.deepEqual(home.logger.messages("error"), [
    "Store failed to acknowledge a write",
  ]);
});

Deno.test("a full fleet refuses a newcomer, and takes those it knows", async () => {
  const home = new ApiHome({ balancer: { maxBackends: 1 } });
  await home.post("/register", REGISTER);
  const before = home.state();
  const response = await home.send(
    "POST",
    "/register",
    JSON.stringify({ ...REGISTER, client_id: "node-2" }),
  );
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "60");
  assert.equal((await response.json()).code, "fleet_full");
  assert.equal(home.state(), before);
  assert.equal((await home.post("/register", REGISTER))[0], 200);
});

Deno.test("what is missing is named in the words of the Go server", async () => {
  const home = new ApiHome();
  const { client_id: _, ...anonymous } = REGISTER;
  const [status, body] = await home.post("/register", anonymous);
  assert.equal(status, 400);
  assert.equal(body.code, "missing_field");
  assert.equal(body.detail, "Missing required field: client_id");

  const [, homeless] = await home.post("/register", { client_id: "a" });
  assert.equal(homeless.detail, "Missing required field: endpoint_url");
});

Deno.test("every field that is wrong is listed, the first in the words for people", async () => {
  const home = new ApiHome();
  const [status, body] = await home.post("/register", {
    ...REGISTER,
    local_ip: "here",
    total_cpu: -1,
  });
  assert.equal(status, 400);
  assert.equal(body.code, "invalid_field");
  assert.equal(
    body.detail,
    'Invalid field "local_ip": must be an IPv4 or IPv6 address, found "here" (and 1 more)',
  );
  assert.deepEqual(body.errors, [
    {
      field: "local_ip",
      detail: 'must be an IPv4 or IPv6 address, found "here"',
    },
    { field: "total_cpu", detail: "must be at least 0, found -1" },
  ]);
  assert.equal(home.balancer.size, 0);
});

Deno.test("two ids at one endpoint are named once, when the second comes", async () => {
  const home = new ApiHome();
  await home.post("/register", REGISTER);
  assert.deepEqual(home.logger.messages("warn"), []);
  for (let i = 0; i < 2; i++) {
    await home.post("/register", { ...REGISTER, client_id: "twin" });
  }
  const twins = home.logger.lines.filter(({ level }) => level === "warn");
  assert.equal(twins.length, 1);
  assert.deepEqual(twins[0]?.data["others"], [REGISTER.client_id]);
});
