/** The limits of a running server, over its front door and its API. */
import assert from "node:assert/strict";
import { type RunningServer, startServer } from "../../src/server.ts";
import { serverConfig } from "../config/load_text.ts";
import { FakeLogger } from "../fakes/logger.ts";

const HERE = "host: 127.0.0.1\nport: 0\n";

/** A server; its limits are so low that a test is over before anything is paid back. */
async function serverWith(yaml: string): Promise<RunningServer> {
  return await startServer(await serverConfig(HERE + yaml), {
    logger: new FakeLogger(),
    databasePath: ":memory:",
  });
}

/** The status of a call, and of a 429 what may be sent at once. */
async function statusOf(
  { address }: RunningServer,
  path: string,
  init: RequestInit = {},
): Promise<string> {
  const url = `http://127.0.0.1:${address.port}${path}`;
  const response = await fetch(url, init);
  await response.body?.cancel();
  const limit = response.headers.get("ratelimit-limit");
  return response.status === 429 ? `429 limit ${limit}` : `${response.status}`;
}

function asking(tier: string, key?: string): RequestInit {
  const headers = key === undefined ? {} : { "x-api-key": key };
  return { method: "POST", body: JSON.stringify({ tier }), headers };
}

Deno.test("the limit of an address holds from the start and follows the configuration", async () => {
  const limits = "rate_limit_per_minute: 1\nrate_limit_burst: 2\n";
  await using server = await serverWith(limits);
  const clients = () => statusOf(server, "/clients");
  assert.deepEqual([await clients(), await clients(), await clients()], [
    "200",
    "200",
    "429 limit 2",
  ]);
  assert.equal(await statusOf(server, "/health"), "200");
  const apply = async (yaml: string) =>
    (await server.prepare(await serverConfig(HERE + yaml))).apply();
  await apply(`${limits}rate_limit_exempt: [127.0.0.0/8]\n`);
  assert.equal(await clients(), "200");
  await apply(limits);
  assert.equal(await clients(), "429 limit 2");
  await apply("rate_limit_per_minute: 0\n");
  assert.equal(await clients(), "200");
});

Deno.test("a key and a tier have limits of their own at POST /route", async () => {
  await using server = await serverWith(`rate_limit_per_minute: 0
tiers:
  - {name: lite, vcpu: 1, memory_gb: 1}
  - {name: rare, vcpu: 1, memory_gb: 1, rate_limit_per_minute: 1}
api_keys:
  - {name: slow, key: slow, rate_limit_per_minute: 1}
  - {name: free, key: free}
`);
  const route = (tier: string, key: string) =>
    statusOf(server, "/route", asking(tier, key));
  // There is no backend, so whoever is let through is told that.
  assert.equal(await route("lite", "slow"), "503");
  assert.equal(await route("lite", "slow"), "429 limit 1");
  assert.equal(await route("lite", "free"), "503");
  assert.equal(await route("rare", "free"), "503");
  assert.equal(await route("rare", "free"), "429 limit 1");
  assert.equal(await route("lite", "free"), "503");
});

Deno.test("who is signed in to the dashboard has an allowance apart, which nobody else at the address uses up", async () => {
  await using server = await serverWith(
    "server_key: sesame\nrate_limit_per_minute: 1\nrate_limit_burst: 4\n",
  );
  const url = `http://127.0.0.1:${server.address.port}`;
  const login = await fetch(`${url}/_opsen/ui/login`, {
    method: "POST",
    headers: { "sec-fetch-site": "same-origin" },
    body: JSON.stringify({ key: "sesame" }),
  });
  await login.body?.cancel();
  const [cookie = ""] = login.headers.getSetCookie().map((one) =>
    one.split(";")[0] ?? ""
  );
  const page = (...fields: readonly [string, string][]) =>
    statusOf(server, "/_opsen/ui", { headers: [...fields] });
  for (let i = 0; i < 3; i++) assert.equal(await page(), "200");
  assert.equal(await page(), "429 limit 4");
  const own: [string, string] = ["cookie", cookie];
  const proxied = await statusOf(server, "/app", { headers: { cookie } });
  assert.equal(proxied, "429 limit 4");
  for (let i = 0; i < 4; i++) {
    assert.equal(await page(own, ["sec-fetch-site", "same-origin"]), "200");
  }
  assert.equal(await page(own), "429 limit 4");
  assert.equal(await page(["cookie", "opsen_session=guess"]), "429 limit 4");
  const foreign = await page(own, ["sec-fetch-site", "cross-site"]);
  assert.equal(foreign, "429 limit 4");
  const owner = { headers: { "x-api-key": "sesame" } };
  assert.equal(await statusOf(server, "/clients", owner), "200");
});
