import assert from "node:assert/strict";
import { parametersOf } from "../../src/api/path_pattern.ts";
import { type Scope, SCOPES } from "../../src/policy/principal.ts";
import { keyHash } from "../../src/wire/key_text.ts";
import { NOBODY } from "../trust/key_examples.ts";
import { ApiHome } from "./api_home.ts";
import { FakeUi } from "./fake_ui.ts";

/** What each endpoint asks for. */
const ENDPOINTS: readonly (readonly [string, string, Scope | "none"])[] = [
  ["POST", "/register", "agent"],
  ["POST", "/stats", "agent"],
  ["POST", "/route", "route"],
  ["POST", "/route?explain=1", "read"],
  ["GET", "/health", "none"],
  ["GET", "/_opsen/livez", "none"],
  ["GET", "/_opsen/readyz", "none"],
  ["GET", "/clients", "read"],
  ["POST", "/clients/purge", "admin"],
  ["DELETE", "/clients/purge", "admin"],
  ["POST", "/clients/purge-pending", "admin"],
  ["DELETE", "/clients/purge-pending", "admin"],
  ["GET", "/_opsen/leases", "read"],
  ["GET", "/_opsen/leases/1f", "route"],
  ["DELETE", "/_opsen/leases/1f", "route"],
  ["POST", "/_opsen/leases/1f/confirm", "route"],
  ["POST", "/_opsen/leases/1f/renew", "route"],
  ["GET", "/_opsen/sticky", "read"],
  ["DELETE", "/_opsen/sticky", "admin"],
  ["DELETE", "/_opsen/sticky/alice", "admin"],
  ["GET", "/_opsen/drains", "read"],
  ["GET", "/_opsen/backends/a/drain", "read"],
  ["POST", "/_opsen/backends/a/drain", "admin"],
  ["POST", "/_opsen/backends/a/undrain", "admin"],
  ["GET", "/_opsen/decisions", "read"],
  ["GET", "/_opsen/decisions/x", "read"],
  ["GET", "/_opsen/queue", "read"],
  ["POST", "/_opsen/config/reload", "admin"],
  ["POST", "/_opsen/config/rollback", "admin"],
  ["GET", "/_opsen/config/history", "read"],
  ["GET", "/_opsen/log-level", "read"],
  ["POST", "/_opsen/log-level", "admin"],
  ["DELETE", "/_opsen/log-level", "admin"],
  ["GET", "/_opsen/keys", "admin"],
  ["POST", "/_opsen/keys", "admin"],
  ["DELETE", "/_opsen/keys/x", "admin"],
  ["POST", "/_opsen/keys/x/restore", "admin"],
  ["GET", "/_opsen/tokens", "admin"],
  ["POST", "/_opsen/tokens", "admin"],
  ["DELETE", "/_opsen/tokens/x", "admin"],
  ["POST", "/_opsen/enrol", "none"],
  ["GET", "/_opsen/audit", "admin"],
  ["GET", "/_opsen/metrics", "read"],
  ["GET", "/_opsen/openapi.json", "none"],
  ["GET", "/_opsen/docs", "none"],
  ["GET", "/_opsen/stats/a", "read"],
  ["GET", "/_opsen/ui", "none"],
  ["GET", "/_opsen/ui/", "none"],
  ["GET", "/_opsen/ui/app.js", "none"],
  ["GET", "/_opsen/ui/feed", "read"],
  ["GET", "/_opsen/ui/session", "read"],
  ["POST", "/_opsen/ui/login", "none"],
  ["POST", "/_opsen/ui/logout", "none"],
];

/** What a key with this one scope opens. */
const OPENS: Readonly<Record<Scope, readonly Scope[]>> = {
  route: ["route"],
  read: ["read"],
  admin: ["route", "read", "admin"],
  agent: ["agent"],
};

function homeOfAll(): ApiHome {
  return new ApiHome({ deps: { ui: new FakeUi() } });
}

function homeOfScopes(): ApiHome {
  const home = homeOfAll();
  home.keys.configure(SCOPES.map((scope) => ({
    principal: { ...NOBODY, name: `${scope}-key`, scopes: [scope] },
    hash: keyHash(scope),
  })));
  return home;
}

async function codeOf(
  home: ApiHome,
  [method, path]: readonly [string, string, ...unknown[]],
  key: string,
): Promise<unknown> {
  const headers = {
    "content-type": "application/json",
    ...(key !== "" && { "x-api-key": key }),
  };
  const body = method === "POST" ? "{}" : undefined;
  const response = await home.send(method, path, body, headers);
  if (response.headers.get("content-type")?.includes("json") !== true) {
    await response.body?.cancel();
    return undefined;
  }
  return (await response.json()).code;
}

for (const endpoint of ENDPOINTS) {
  const [method, path, wanted] = endpoint;
  Deno.test(`${method} ${path} asks for ${wanted}`, async () => {
    for (const scope of SCOPES) {
      const code = await codeOf(homeOfScopes(), endpoint, scope);
      const mayCall = wanted === "none" || OPENS[scope].includes(wanted);
      assert.equal(code === "missing_scope", !mayCall, `${scope}: ${code}`);
    }
    const code = await codeOf(homeOfScopes(), endpoint, "");
    assert.equal(code === "missing_key", wanted !== "none");
  });
}

Deno.test("every endpoint stands in the table above", () => {
  const known = ENDPOINTS.map(([method, path]) =>
    [method, path.split("?")[0] ?? ""] as const
  );
  for (const { method, path } of homeOfAll().routes) {
    const isKnown = known.some(([knownMethod, knownPath]) =>
      knownMethod === method && parametersOf(path, knownPath) !== undefined
    );
    assert.ok(isKnown, `${method} ${path}`);
  }
});

Deno.test("a HEAD asks for what its GET asks for", async () => {
  const home = homeOfScopes();
  const status = async (key: string) =>
    (await home.send("HEAD", "/clients", undefined, { "x-api-key": key }))
      .status;
  assert.deepEqual([await status("read"), await status("route")], [200, 403]);
});

Deno.test("a refusal names the key and the scope that it lacks", async () => {
  const [status, body] = await homeOfScopes().post(
    "/clients/purge",
    {},
    { "x-api-key": "read" },
  );
  assert.deepEqual([status, body.code, body.detail], [
    403,
    "missing_scope",
    'API key "read-key" may not do this: wanted the scope "admin"',
  ]);
});

Deno.test("a key for some tiers asks for those alone", async () => {
  const home = new ApiHome();
  home.keys.configure([{
    principal: { ...NOBODY, name: "ci", tiers: ["small"] },
    hash: keyHash("k"),
  }]);
  const key = { "x-api-key": "k" };
  const [small, reason] = await home.post("/route", { tier: "small" }, key);
  assert.deepEqual([small, reason.code], [503, "no_capacity"]);
  for (const path of ["/route", "/route?explain=1"]) {
    const [status, body] = await home.post(path, { tier: "large" }, key);
    assert.deepEqual([status, body.code], [403, "tier_not_allowed"]);
    assert.match(String(body.detail), /"ci".*"large"/);
  }
});

Deno.test("a blocked address is refused everywhere, also where anyone may call", async () => {
  const home = new ApiHome({
    settings: {
      blockedAddresses: ["192.0.2.9"],
      allowedAddresses: ["192.0.2.0/24"],
    },
  });
  for (const path of ["/health", "/clients", "/nowhere"]) {
    const blocked = await home.send("GET", path);
    assert.equal((await blocked.json()).code, "address_not_allowed", path);
    const other = await home.send("GET", path, undefined, {}, "192.0.2.8");
    assert.notEqual((await other.json()).code, "address_not_allowed", path);
  }
});
