import assert from "node:assert/strict";
import { startServer } from "../../src/server.ts";
import { feedDecisions, feedFleet, feedHello } from "../../src/wire/feed.ts";
import { serverConfig } from "../config/load_text.ts";
import { issuedFor } from "../edge/drivers/deno/certificates.ts";
import { FakeLogger } from "../fakes/logger.ts";

const KEYED = "host: 127.0.0.1\nport: 0\nserver_key: sesame\n";
const OWNER = { "x-api-key": "sesame", "content-type": "application/json" };
const OWN = { "sec-fetch-site": "same-origin" };

/** Reads the stream until it has said what is wanted; the text so far. */
async function until(
  reader: ReadableStreamDefaultReader<string>,
  wanted: RegExp,
): Promise<string> {
  let text = "";
  while (!wanted.test(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The feed ended before ${wanted}: ${text}`);
    text += value;
  }
  return text;
}

function dataOf(text: string, event: string): unknown {
  const found = new RegExp(`^event: ${event}\ndata: (.*)$`, "m").exec(text);
  return JSON.parse(found?.[1] ?? "null");
}

Deno.test("an operator signs in, watches a machine join and a session placed, and is cut off with the key", async () => {
  const config = await serverConfig(KEYED);
  const logger = new FakeLogger();
  await using server = await startServer(config, {
    ...{ logger, databasePath: ":memory:" },
  });
  const url = `http://127.0.0.1:${server.address.port}`;
  const post = async (path: string, body: unknown, headers = {}) => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { ...OWNER, ...headers },
      body: JSON.stringify(body),
    });
    return { response, json: await response.json() };
  };
  const page = await fetch(`${url}/_opsen/ui`);
  assert.match(await page.text(), /<!doctype html>/i);
  const folder = await fetch(`${url}/_opsen/ui/`, { redirect: "manual" });
  await folder.body?.cancel();
  assert.equal(folder.status, 308);
  assert.equal(folder.headers.get("location"), "/_opsen/ui");
  for (const field of ["content-security-policy", "x-content-type-options"]) {
    assert.equal(page.headers.get(field)?.includes(","), false, field);
  }

  const { json: { key } } = await post("/_opsen/keys", {
    ...{ name: "watcher", scopes: ["read"] },
  });
  const { response: login } = await post("/_opsen/ui/login", { key }, OWN);
  const [setCookie = ""] = login.headers.getSetCookie();
  assert.match(setCookie, /; HttpOnly; SameSite=Strict$/);
  const cookie = setCookie.split(";")[0] ?? "";
  const drained = await fetch(`${url}/_opsen/backends/a/drain`, {
    method: "POST",
    headers: { cookie, "sec-fetch-site": "cross-site" },
  });
  assert.equal((await drained.json()).code, "cross_site");

  const feed = await fetch(`${url}/_opsen/ui/feed`, {
    headers: { cookie, ...OWN },
  });
  const reader = feed.body!.pipeThrough(new TextDecoderStream()).getReader();
  await until(reader, /^event: state\n.*\n\n/m);
  await post("/register", {
    ...{ client_id: "a", hostname: "a", endpoint_url: "http://127.0.0.1:9" },
    ...{ total_cpu: 4, total_memory: 8, total_storage: 10 },
  });
  const joined = await until(reader, /^event: fleet\n.*\n\n/m);
  const { whole, clients } = feedFleet.parse(dataOf(joined, "fleet"));
  assert.deepEqual([whole, clients[0]?.client_id], [false, "a"]);
  await post("/route", { tier: "small" });
  const told = await until(reader, /^event: decisions\n.*\n\n/m);
  const news = feedDecisions.parse(dataOf(told, "decisions"));
  assert.equal(news.decisions.length, 1);

  const revoked = await fetch(`${url}/_opsen/keys/watcher`, {
    method: "DELETE",
    headers: OWNER,
  });
  await revoked.body?.cancel();
  await until(reader, /^event: bye\n.*\n\n/m);
  assert.equal((await reader.read()).done, true);
  const after = await fetch(`${url}/_opsen/ui/session`, {
    headers: { cookie, ...OWN },
  });
  assert.equal((await after.json()).code, "key_revoked");
});

Deno.test("the dashboard is switched off and on while the server runs, and an open page is told", async () => {
  const text = "host: 127.0.0.1\nport: 0\nlatitude: 52.5\nlongitude: 13.4\n";
  const world = { logger: new FakeLogger(), databasePath: ":memory:" };
  await using server = await startServer(await serverConfig(text), world);
  const url = `http://127.0.0.1:${server.address.port}`;
  const feed = await fetch(`${url}/_opsen/ui/feed`);
  const reader = feed.body!.pipeThrough(new TextDecoderStream()).getReader();
  const first = await until(reader, /^event: state\n.*\n\n/m);
  const { place } = feedHello.parse(dataOf(first, "hello"));
  assert.deepEqual(place, { latitude: 52.5, longitude: 13.4 });
  const off = await serverConfig(`${text}ui: false\n`);
  (await server.prepare(off)).apply();
  await until(reader, /^event: bye\n.*\n\n/m);
  await reader.cancel();
  const status = async () => {
    const response = await fetch(`${url}/_opsen/ui`);
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await status(), 404);
  (await server.prepare(await serverConfig(text))).apply();
  assert.equal(await status(), 200);
});

Deno.test("a stop tells open pages and does not wait for them", async () => {
  const text = "host: 127.0.0.1\nport: 0\nshutdown_timeout_seconds: 600\n";
  const world = { logger: new FakeLogger(), databasePath: ":memory:" };
  const server = await startServer(await serverConfig(text), world);
  const url = `http://127.0.0.1:${server.address.port}`;
  const feed = await fetch(`${url}/_opsen/ui/feed`);
  const reader = feed.body!.pipeThrough(new TextDecoderStream()).getReader();
  await until(reader, /^event: state\n.*\n\n/m);
  const stopped = server[Symbol.asyncDispose]();
  await until(reader, /^event: bye\n.*\n\n/m);
  assert.equal((await reader.read()).done, true);
  await stopped;
});

Deno.test("over TLS the cookie is for TLS alone, and nobody says TLS who does not speak it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "opsen-dashboard-" });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));
  const { cert, key, authority } = await issuedFor("localhost");
  await Deno.writeTextFile(`${folder}/c.pem`, cert);
  await Deno.writeTextFile(`${folder}/k.pem`, key, { mode: 0o600 });
  const secure = await serverConfig(
    `${KEYED}tls_cert_file: ${folder}/c.pem\ntls_key_file: ${folder}/k.pem\n`,
  );
  const plain = await serverConfig(KEYED);
  const flags: boolean[] = [];
  for (const config of [secure, plain]) {
    const world = { logger: new FakeLogger(), databasePath: ":memory:" };
    await using server = await startServer(config, world);
    const scheme = config === secure ? "https" : "http";
    using client = Deno.createHttpClient({ caCerts: [authority] });
    const url = `${scheme}://localhost:${server.address.port}`;
    const login = await fetch(`${url}/_opsen/ui/login`, {
      method: "POST",
      headers: { ...OWNER, ...OWN, "x-forwarded-proto": "https" },
      body: JSON.stringify({ key: "sesame" }),
      client,
    });
    assert.equal(login.status, 200);
    await login.body?.cancel();
    flags.push(/; Secure$/.test(login.headers.get("set-cookie") ?? ""));
  }
  assert.deepEqual(flags, [true, false]);
});
