import assert from "node:assert/strict";
import { problemBody } from "../../src/wire/answers.ts";
import { freePort } from "../free_port.ts";
import { eventually } from "./eventually.ts";
import { echoOrigin, httpOrigin } from "./proxy_origins.ts";
import { call, join, proxyTest, refusal } from "./proxy_stage.ts";
import type { TestServer } from "./server_home.ts";

/** Fits every tier in question, but is the second choice of those that also fit elsewhere. */
const LARGE_BUT_BUSY = { cores: 16, busyPct: 50 };
const SMALL = { cores: 1 };
/** What an answer took on a busy machine must not decide. */
const BY_REPORTS = { routing: { mode: "classic" } };

proxyTest(
  "body, query, header and default name the tier, in this order",
  async (stage) => {
    const server = await stage.startWith({
      small: { to: stage.keep(echoOrigin("small")), ...SMALL },
      large: { to: stage.keep(echoOrigin("large")), ...LARGE_BUT_BUSY },
    }, BY_REPORTS);
    const backendOf = async (path: string, init: RequestInit = {}) =>
      (await call(server, path, init)).seen.backend;
    const post = (body: string, headers: Record<string, string> = {}) => ({
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    assert.equal(await backendOf("/"), "small");
    const header = { "X-Tier": "pro-max" };
    assert.equal(await backendOf("/", { headers: header }), "large");
    assert.equal(await backendOf("/?tier=pro-max"), "large");
    assert.equal(await backendOf("/?tier=lite", { headers: header }), "small");
    assert.equal(await backendOf("/", post('{"tier":"pro-max"}')), "large");
    assert.equal(
      await backendOf("/?tier=pro-max", post('{"tier":"lite"}', header)),
      "small",
    );
    assert.equal(
      await backendOf("/", post('{"deep":{"tier":"lite"}}', header)),
      "large",
    );
  },
);

proxyTest("the body that names the tier arrives untouched", async (stage) => {
  const server = await stage.startWith({
    small: { to: stage.keep(echoOrigin("small")), ...SMALL },
    large: { to: stage.keep(echoOrigin("large")), ...LARGE_BUT_BUSY },
  }, BY_REPORTS);
  const body = `{ "text": "${"é\\u0000".repeat(5_000)}", "tier":"pro-max" }\n`;
  const { seen } = await call(server, "/", { method: "POST", body });
  assert.deepEqual([seen.backend, seen.body], ["large", body]);
});

proxyTest("a tier that nobody knows is refused", async (stage) => {
  const server = await stage.startWith({
    one: { to: stage.keep(echoOrigin("one")) },
  });
  assert.deepEqual(await refusal(server, "/?tier=nonsense"), [
    400,
    "unknown_tier",
  ]);
});

proxyTest("a backend's endpoints share its paths", async (stage) => {
  const server = await stage.startWith({
    one: {
      to: stage.keep(echoOrigin("default")),
      endpoints: [
        { url: stage.keep(echoOrigin("prefix")).url, paths: ["/v1/*"] },
        { url: stage.keep(echoOrigin("longer")).url, paths: ["/v1/chat/*"] },
        { url: stage.keep(echoOrigin("exact")).url, paths: ["/v1/chat/now"] },
      ],
    },
  });
  const found: Record<string, string> = {};
  for (const path of ["/", "/v1/x", "/v1/chat/x", "/v1/chat/now?a=b"]) {
    const { seen, response } = await call(server, path);
    assert.equal(response.headers.get("x-opsen-backend"), "one");
    found[path] = seen.backend;
  }
  assert.deepEqual(found, {
    "/": "default",
    "/v1/x": "prefix",
    "/v1/chat/x": "longer",
    "/v1/chat/now?a=b": "exact",
  });
});

for (
  const [by, keys, headers] of [
    ["a header field", { sticky_header: "X-Session-ID" }, {
      "X-Session-ID": "s1",
    }],
    ["the caller's address", { sticky_by_ip: true }, {}],
  ] as const
) {
  proxyTest(
    `a session known by ${by} stays, also through a power cut`,
    async (stage) => {
      const first = stage.keep(echoOrigin("first"));
      const second = stage.keep(echoOrigin("second"));
      const server = await stage.startWith({
        first: { to: first },
        second: { to: second, busyPct: 50 },
      }, keys);
      const placeOf = async (on: TestServer) =>
        (await call(on, "/", { headers })).seen.backend;
      assert.equal(await placeOf(server), "first");
      await join(server, "first", { to: first, busyPct: 70 });
      assert.equal(
        (await server.place("lite", { "X-Session-ID": "s2" })).client_id,
        by === "a header field" ? "second" : "first",
        "who has no session goes where there is less to do",
      );
      assert.equal(await placeOf(server), "first");

      await server.cut();
      const next = await stage.start(keys);
      await join(next, "second", { to: second });
      await join(next, "first", { to: first, busyPct: 70 });
      assert.equal(await placeOf(next), "first");
    },
  );
}

proxyTest(
  "a backend that can't be reached is passed over, for any method",
  async (stage) => {
    const server = await stage.startWith({
      dead: { to: `http://127.0.0.1:${freePort()}` },
      gone: { to: `http://127.0.0.1:${freePort()}`, busyPct: 10 },
      live: { to: stage.keep(echoOrigin("live")), busyPct: 50 },
    });
    for (const method of ["GET", "POST"]) {
      const { seen, response } = await call(server, "/", {
        method,
        ...(method === "POST" && { body: "only once" }),
      });
      assert.equal(seen.backend, "live");
      assert.equal(seen.body, method === "POST" ? "only once" : "");
      assert.equal(response.headers.get("x-opsen-backend"), "live");
    }
  },
);

proxyTest(
  "when no backend can be reached the caller is told, and nothing stays booked",
  async (stage) => {
    const server = await stage.startWith({
      dead: { to: `http://127.0.0.1:${freePort()}` },
      gone: { to: `http://127.0.0.1:${freePort()}` },
    });
    assert.deepEqual(await refusal(server, "/"), [502, "upstream_unreachable"]);
    assert.deepEqual(await heldBy(server), { dead: 0, gone: 0 });
  },
);

proxyTest(
  "when nothing fits the caller is told why and when to ask again",
  async (stage) => {
    const server = await stage.startWith({
      tiny: { to: stage.keep(echoOrigin("tiny")), ...SMALL },
      tight: { to: stage.keep(echoOrigin("tight")), memoryGb: 2 },
    });
    const response = await fetch(`${server.url}/?tier=pro-max`);
    const { code, tally, fleet_size: size } = problemBody.parse(
      await response.json(),
    );
    assert.deepEqual([response.status, code, size], [503, "no_capacity", 2]);
    assert.deepEqual([tally?.cores, tally?.memory], [1, 1]);
    assert.match(response.headers.get("retry-after") ?? "", /^\d+$/);
  },
);

proxyTest(
  "200 requests at once to 64 cores: none is refused, and nothing stays booked",
  async (stage) => {
    const all = 200;
    const arrived = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let present = 0;
    const origin = stage.keep(httpOrigin(async () => {
      if (++present === all) arrived.resolve();
      await gate.promise;
      return new Response("done");
    }));
    const server = await stage.startWith({
      wide: { to: origin, cores: 64, memoryGb: 512 },
    });
    const answers = Array.from({ length: all }, async () => {
      const response = await fetch(`${server.url}/`);
      const text = await response.text();
      if (text !== "done") arrived.reject(new Error(text));
    });
    await arrived.promise;
    assert.deepEqual(await heldBy(server), { wide: all });
    gate.resolve();
    await Promise.all(answers);
    await eventually(
      "no holds",
      async () => (await heldBy(server))["wide"] === 0,
    );
  },
);

/** Holds by backend. */
async function heldBy(server: TestServer): Promise<Record<string, number>> {
  const clients = [...await server.clients()];
  return Object.fromEntries(clients.map(([id, { held }]) => [id, held.leases]));
}
