import assert from "node:assert/strict";
import type { ApiSettings } from "../../src/api/api_deps.ts";
import {
  SESSION_IDLE_MS,
  SESSION_LIFE_MS,
  SESSIONS_MAX,
  SESSIONS_PER_KEY_MAX,
  UiSessions,
} from "../../src/api/ui_sessions.ts";
import { keyHash } from "../../src/wire/key_text.ts";
import { uiSession } from "../../src/wire/ui_login.ts";
import { NOBODY, storedKey } from "../trust/key_examples.ts";
import { ApiHome } from "./api_home.ts";
import { FakeUi } from "./fake_ui.ts";

const OWN = { "sec-fetch-site": "same-origin", host: "opsen.test" };

function homeWithUi(settings: Partial<ApiSettings> = {}): ApiHome {
  const home = new ApiHome({ settings, deps: { ui: new FakeUi() } });
  home.keys.configure(
    (["read", "admin", "route", "agent"] as const).map((scope) => ({
      principal: { ...NOBODY, name: `${scope}-key`, scopes: [scope] },
      hash: keyHash(scope),
    })),
  );
  return home;
}

async function login(
  home: ApiHome,
  key: string,
  headers: Readonly<Record<string, string>> = OWN,
): Promise<{ status: number; code: unknown; setCookie: string }> {
  const response = await home.send(
    "POST",
    "/_opsen/ui/login",
    JSON.stringify({ key }),
    { "content-type": "application/json", ...headers },
  );
  const { code } = await response.json();
  const setCookie = response.headers.get("set-cookie") ?? "";
  return { status: response.status, code, setCookie };
}

function cookieOf(setCookie: string): string {
  return setCookie.split(";")[0] ?? "";
}

async function codeWith(
  home: ApiHome,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> {
  const response = await home.send(method, path, undefined, headers);
  const { code } = await response.json();
  return code ?? response.status;
}

Deno.test("a key is traded for a cookie that scripts can't read and other sites don't send", async () => {
  const home = homeWithUi();
  const { status, setCookie } = await login(home, "read");
  assert.equal(status, 200);
  assert.match(
    setCookie,
    /^opsen_session=[\w-]{43}; Path=\/_opsen; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  );
  const overTls = await login(home, "read", {
    ...OWN,
    "x-forwarded-proto": "https",
  });
  assert.match(overTls.setCookie, /; Secure$/);
});

Deno.test("only keys that may see the fleet sign in", async () => {
  const home = homeWithUi();
  const codes = [];
  for (const key of ["read", "admin", "route", "agent", "guess"]) {
    const { status, code, setCookie } = await login(home, key);
    codes.push(code ?? status);
    assert.equal(setCookie === "", code !== undefined);
  }
  assert.deepEqual(codes, [
    ...[200, 200],
    ...["missing_scope", "missing_scope", "wrong_key"],
  ]);
});

Deno.test("a guess is said in the log and written into the audit trail, and no key is", async () => {
  const home = homeWithUi();
  await login(home, "guess-me");
  await login(home, "admin");
  const lines = home.store.tables.audit.map(({ actor, action, result }) =>
    [actor, action, result].join(" ")
  );
  assert.deepEqual(lines, [
    "anyone ui.login wrong_key",
    "admin-key ui.login ok",
  ]);
  assert.match(home.logger.messages("warn").join(), /Caller refused/);
  const all = JSON.stringify([home.store.tables.audit, home.logger]);
  assert.doesNotMatch(all, /guess-me/);
});

Deno.test("a session says whose it is and does what its key may", async () => {
  const home = homeWithUi();
  const cookie = cookieOf((await login(home, "read")).setCookie);
  const response = await home.send("GET", "/_opsen/ui/session", undefined, {
    ...OWN,
    cookie,
  });
  assert.deepEqual(uiSession.parse(await response.json()), {
    open: false,
    key_name: "read-key",
    may_change: false,
  });
  const drain = (cookie: string) =>
    codeWith(home, "POST", "/_opsen/backends/a/drain", { ...OWN, cookie });
  assert.equal(await drain(cookie), "missing_scope");
  const admin = cookieOf((await login(home, "admin")).setCookie);
  assert.equal(await drain(`other=1; ${admin}`), "unknown_client");
});

Deno.test("a cookie changes something only where it is known to come from the dashboard's own origin", async () => {
  const home = homeWithUi();
  const cookie = cookieOf((await login(home, "admin")).setCookie);
  const host = "opsen.test";
  const drainedBy = (headers: Readonly<Record<string, string>>) =>
    codeWith(home, "POST", "/_opsen/backends/a/drain", {
      ...{ host, cookie },
      ...headers,
    });
  for (
    const [headers, code] of [
      [{}, "missing_key"],
      [{ "sec-fetch-site": "none" }, "missing_key"],
      [{ ...OWN, host: "opsen.test:81" }, "missing_key"],
      [{ "sec-fetch-site": "same-site" }, "cross_site"],
      [{ "sec-fetch-site": "cross-site" }, "cross_site"],
      [{ origin: "http://opsen.test:81" }, "cross_site"],
      [{ origin: "null" }, "cross_site"],
    ] as const
  ) {
    assert.equal(await drainedBy(headers), code, JSON.stringify(headers));
  }
  assert.equal(
    await drainedBy({ origin: "http://opsen.test" }),
    "unknown_client",
  );
  assert.equal(await drainedBy(OWN), "unknown_client");
});

Deno.test("a page that CORS lets in changes nothing by a cookie all the same", async () => {
  const origin = "https://app.example.com";
  const home = homeWithUi({ corsOrigins: [origin] });
  const cookie = cookieOf((await login(home, "admin")).setCookie);
  const foreign = { cookie, origin, "sec-fetch-site": "same-site" };
  const path = "/_opsen/backends/a/drain";
  assert.equal(await codeWith(home, "POST", path, foreign), "missing_key");
  assert.equal((await login(home, "admin", foreign)).code, "cross_site");
});

Deno.test("a cookie reads nothing for a page of another origin, and counts under /_opsen/ alone", async () => {
  const home = homeWithUi();
  const cookie = cookieOf((await login(home, "admin")).setCookie);
  const read = (path: string, headers: Readonly<Record<string, string>>) =>
    codeWith(home, "GET", path, { ...OWN, cookie, ...headers });
  assert.equal(await read("/_opsen/decisions", {}), 200);
  assert.equal(
    await read("/_opsen/decisions", { "sec-fetch-site": "same-site" }),
    "missing_key",
  );
  assert.equal(await read("/clients", {}), "missing_key");
  assert.equal(await read("/clients", { "x-api-key": "read" }), 200);
});

Deno.test("another site's page signs nobody in or out", async () => {
  const home = homeWithUi();
  const foreign = { ...OWN, "sec-fetch-site": "cross-site" };
  assert.equal((await login(home, "read", foreign)).code, "cross_site");
  const cookie = cookieOf((await login(home, "read")).setCookie);
  const logout = (headers: Readonly<Record<string, string>>) =>
    codeWith(home, "POST", "/_opsen/ui/logout", { cookie, ...headers });
  const session = () =>
    codeWith(home, "GET", "/_opsen/ui/session", { ...OWN, cookie });
  assert.equal(await logout(foreign), "cross_site");
  assert.equal(await session(), 200);
  assert.equal(await logout(OWN), 200);
  assert.equal(await session(), "missing_key");
});

Deno.test("a session ends with its key: revoked, expired, taken out of the configuration", async () => {
  const home = homeWithUi();
  home.keys.put(storedKey("made", { expiresMs: home.clock.wallMs() + 1000 }));
  const cookie = cookieOf((await login(home, "key of made")).setCookie);
  const session = () =>
    codeWith(home, "GET", "/_opsen/ui/session", { ...OWN, cookie });
  assert.equal(await session(), 200);
  home.clock.advance(1000);
  assert.equal(await session(), "key_expired");
  home.keys.put(storedKey("made"));
  assert.equal(await session(), 200);
  home.keys.put(storedKey("made", { revokedMs: home.clock.wallMs() }));
  assert.equal(await session(), "key_revoked");
  home.keys.remove("made");
  assert.equal(await session(), "wrong_key");
});

Deno.test("where no key exists nobody has to sign in", async () => {
  const home = new ApiHome({ deps: { ui: new FakeUi() } });
  assert.deepEqual(await home.get("/_opsen/ui/session"), [200, {
    open: true,
    may_change: true,
  }]);
  const { status, setCookie } = await login(home, "anything");
  assert.deepEqual([status, setCookie], [200, ""]);
});

Deno.test("a session ends after an hour without use and after half a day with it", () => {
  const sessions = new UiSessions();
  const left = sessions.begin("k", "h", 0);
  assert.equal(sessions.keyOf(left, "h", SESSION_IDLE_MS - 1), "k");
  assert.equal(sessions.keyOf(left, "h", 2 * SESSION_IDLE_MS - 2), "k");
  assert.equal(sessions.keyOf(left, "h", 3 * SESSION_IDLE_MS - 2), undefined);
  assert.equal(sessions.keyOf(left, "h", 3 * SESSION_IDLE_MS - 2), undefined);
  const used = sessions.begin("k", "h", 0);
  for (let now = 0; now < SESSION_LIFE_MS; now += SESSION_IDLE_MS / 2) {
    assert.equal(sessions.keyOf(used, "h", now), "k");
  }
  assert.equal(sessions.keyOf(used, "h", SESSION_LIFE_MS), undefined);
});

Deno.test("of too many sessions the one that was used least recently gives way", () => {
  const sessions = new UiSessions();
  const ids = Array.from(
    { length: SESSIONS_MAX },
    (_, index) => sessions.begin(`k${index}`, "h", index),
  );
  assert.equal(sessions.keyOf(ids[0]!, "h", SESSIONS_MAX), "k0");
  sessions.begin("new", "h", SESSIONS_MAX);
  assert.equal(sessions.keyOf(ids[0]!, "h", SESSIONS_MAX), "k0");
  assert.equal(sessions.keyOf(ids[1]!, "h", SESSIONS_MAX), undefined);
  assert.equal(sessions.keyOf(ids[2]!, "h", SESSIONS_MAX), "k2");
});

Deno.test("a key that signs in too often ends its own sessions, and nobody else's", () => {
  const sessions = new UiSessions();
  const others = sessions.begin("other", "h", 0);
  const ids = Array.from(
    { length: SESSIONS_PER_KEY_MAX + 1 },
    () => sessions.begin("k", "h", 0),
  );
  assert.equal(sessions.keyOf(others, "h", 0), "other");
  assert.equal(sessions.keyOf(ids[0]!, "h", 0), undefined);
  assert.equal(sessions.keyOf(ids[1]!, "h", 0), "k");
});

Deno.test("a session counts where it was begun, and a guess for nothing", () => {
  const sessions = new UiSessions();
  const id = sessions.begin("k", "opsen.test:8080", 0);
  assert.equal(sessions.keyOf(id, "opsen.test:80", 0), undefined);
  assert.equal(sessions.keyOf(`${id}x`, "opsen.test:8080", 0), undefined);
  assert.equal(sessions.keyOf(id, "opsen.test:8080", 0), "k");
  sessions.end(id);
  assert.equal(sessions.keyOf(id, "opsen.test:8080", 0), undefined);
});
