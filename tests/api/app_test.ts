import assert from "node:assert/strict";
import { problemBody } from "../../src/wire/answers.ts";
import { REGISTER } from "../wire/samples.ts";
import { ApiHome, read } from "./api_home.ts";
import { FakeUi } from "./fake_ui.ts";

const BY_METHOD = [
  ["POST", "/register"],
  ["POST", "/stats"],
  ["POST", "/route"],
  ["GET", "/health"],
  ["GET", "/clients"],
  ["POST", "/clients/purge"],
  ["DELETE", "/clients/purge"],
  ["POST", "/clients/purge-pending"],
  ["DELETE", "/clients/purge-pending"],
  ["GET", "/_opsen/leases"],
  ["GET", "/_opsen/leases/1"],
  ["DELETE", "/_opsen/leases/1"],
  ["POST", "/_opsen/leases/1/confirm"],
  ["POST", "/_opsen/leases/1/renew"],
  ["GET", "/_opsen/queue"],
  ["GET", "/_opsen/decisions"],
  ["GET", "/_opsen/decisions/x"],
  ["GET", "/_opsen/livez"],
  ["GET", "/_opsen/readyz"],
  ["GET", "/nowhere"],
  ["PUT", "/register"],
] as const;

Deno.test("every answer has its own request id", async () => {
  const home = new ApiHome();
  const ids = new Set<string>();
  for (const [method, path] of BY_METHOD) {
    const response = await home.send(method, path, undefined, {});
    const id = response.headers.get("x-request-id") ?? "";
    assert.match(id, /^0{8}-[0-9a-z]+$/);
    ids.add(id);
    const body = await response.json();
    if (response.status >= 400) assert.equal(body.request_id, id);
  }
  assert.equal(ids.size, BY_METHOD.length);
});

Deno.test("every refusal is a problem that a command can read", async () => {
  const home = new ApiHome();
  for (const [method, path] of BY_METHOD) {
    const response = await home.send(method, path, undefined, {});
    if (response.status < 400) continue;
    const type = response.headers.get("content-type");
    assert.equal(type, "application/problem+json");
    const body = problemBody.parse(await response.json());
    assert.equal(body.status, response.status);
    assert.equal(body.type, `urn:opsen:problem:${body.code}`);
  }
});

for (
  const [path, method, allow] of [
    ["/register", "GET", "POST"],
    ["/stats", "PUT", "POST"],
    ["/route", "DELETE", "POST"],
    ["/route", "OPTIONS", "POST"],
    ["/route", "HEAD", "POST"],
    ["/health", "POST", "GET, HEAD"],
    ["/clients", "DELETE", "GET, HEAD"],
    ["/clients/purge", "GET", "POST, DELETE"],
    ["/clients/purge-pending", "PATCH", "POST, DELETE"],
    ["/_opsen/leases", "POST", "GET, HEAD"],
    ["/_opsen/leases/x", "POST", "GET, HEAD, DELETE"],
    ["/_opsen/leases/x/renew", "GET", "POST"],
    ["/_opsen/leases/x/confirm", "DELETE", "POST"],
    ["/_opsen/decisions/x", "POST", "GET, HEAD"],
    ["/_opsen/queue", "DELETE", "GET, HEAD"],
  ] as const
) {
  Deno.test(`${method} ${path} is not allowed, and the answer says what is`, async () => {
    const response = await new ApiHome().send(method, path);
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), allow);
    const text = await response.text();
    if (method === "HEAD") return assert.equal(text, "");
    assert.equal(JSON.parse(text).detail, "Method not allowed");
  });
}

for (
  const path of [
    "/",
    "/nowhere",
    "/register/",
    "/REGISTER",
    "/clients/purge/x",
    "/_opsen/",
    "/_opsen/leases/",
    "/_opsen/leases//renew",
    "/_opsen/leases/x/extend",
    "/_opsen/leases/x/renew/y",
    "/__proto__",
    "/%00",
    "/%ff",
  ]
) {
  Deno.test(`${path} is no path of the API`, async () => {
    const [status, body] = await new ApiHome().get(path);
    assert.deepEqual([status, body.code, body.detail], [
      404,
      "unknown_path",
      "404 page not found",
    ]);
  });
}

Deno.test("a caller from another address is refused before its key is looked at", async () => {
  const home = new ApiHome({
    keys: ["sesame"],
    settings: { allowedAddresses: ["10.0.0.0/8"] },
  });
  const from = async (ip: string, headers: HeadersInit) =>
    await read(await home.send("GET", "/clients", undefined, headers, ip));
  const [status, body] = await from("203.0.113.7", {});
  assert.deepEqual([status, body.code], [403, "address_not_allowed"]);
  assert.equal(body.detail, "Address not allowed: 203.0.113.7");
  assert.equal((await from("10.1.2.3", {}))[0], 401);
  assert.equal((await from("10.1.2.3", { "x-api-key": "sesame" }))[0], 200);
});

Deno.test("a connection without an address is refused when addresses count", async () => {
  const home = new ApiHome({ settings: { allowedAddresses: ["0.0.0.0/0"] } });
  const response = await home.api.fetch(
    new Request("http://opsen.test/clients"),
    { remoteAddr: { transport: "unix", path: "/run/opsen.sock" } },
  );
  assert.equal(response.status, 403);
  const bare = await home.api.fetch(new Request("http://opsen.test/clients"));
  assert.equal(bare.status, 403);
});

Deno.test("nothing but the open paths answers without a key once there is one", async () => {
  const home = new ApiHome({ keys: ["sesame"] });
  const before = home.state();
  for (const [method, path] of BY_METHOD) {
    const open = path === "/health" || path.endsWith("z");
    const isEndpoint = path !== "/nowhere" && method !== "PUT";
    if (open || !isEndpoint) continue;
    const body = method === "GET" ? undefined : JSON.stringify(REGISTER);
    const missing = await home.send(method, path, body);
    assert.equal(missing.status, 401, path);
    assert.equal(missing.headers.get("www-authenticate"), "Bearer");
    await missing.body?.cancel();
    const wrong = await home.send(method, path, body, {
      "x-api-key": "sesam",
    });
    assert.equal(wrong.status, 403, path);
    assert.equal((await wrong.json()).code, "wrong_key");
  }
  assert.equal(home.state(), before);
});

Deno.test("what nobody expected is a 500 with an id for the caller and the reason in the log", async () => {
  const home = new ApiHome({
    deps: {
      locator: {
        locate: () => {
          throw new Error("secret inside at /srv/opsen/geo.ts");
        },
      },
    },
  });
  const ask = { tier: "small", client_ip: "203.0.113.7" };
  const [status, body] = await home.post("/route", ask);
  assert.equal(status, 500);
  assert.equal(body.code, "internal_error");
  assert.match(
    String(body.detail),
    new RegExp(`request id ${body.request_id}$`),
  );
  assert.doesNotMatch(JSON.stringify(body), /secret|geo\.ts/);
  const [line] = home.logger.lines.filter(({ level }) => level === "error");
  assert.equal(line?.data.requestId, body.request_id);
  assert.match(String(line?.data.error), /secret inside/);
});

Deno.test("a refusal is logged for developers, without the key that was shown", async () => {
  const home = new ApiHome({ keys: ["sesame"] });
  await home.post("/route", { tier: "small" }, { "x-api-key": "opensesame" });
  assert.deepEqual(home.logger.messages("debug"), ["Request refused"]);
  assert.doesNotMatch(JSON.stringify(home.logger.lines), /sesame/);
});

Deno.test("paths are looked up by the fast router, also those of the dashboard's files", async () => {
  const home = new ApiHome({ deps: { ui: new FakeUi() } });
  const codes: unknown[] = [];
  for (const path of ["feed2", "login", "a/b", "/"]) {
    const [status, { code }] = await home.get(`/_opsen/ui/${path}`);
    codes.push([status, code]);
  }
  assert.deepEqual(codes, Array(4).fill([404, "unknown_path"]));
  assert.equal((await home.send("GET", "/_opsen/ui/session")).status, 200);
  const { name } = home.api.router;
  assert.match(name, /RegExpRouter$/);
});
