import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { runOpsen } from "./opsen_process.ts";
import { echoOrigin, httpOrigin } from "./proxy_origins.ts";
import { type ProxyStage, proxyTest } from "./proxy_stage.ts";
import { countingOrigin, SteadyLoad } from "./steady_load.ts";

/** Callers of each kind. */
const CALLERS = 8;
/** Room for all of them at once. */
const MACHINE = { cores: 256, memoryGb: 1_024 };
const BASE = { rate_limit_per_minute: 0 };

proxyTest(
  "a configuration that changes under load, also to the worse, fails no request",
  async (stage) => {
    const origin = stage.keep(countingOrigin());
    const server = await stage.startWith(
      { one: { to: origin, ...MACHINE } },
      BASE,
    );
    const load = new SteadyLoad(server.port, {
      standing: CALLERS,
      passing: CALLERS,
    });
    const changes = [
      { routing: { mode: "classic" }, sticky_by_ip: true },
      { max_request_body_bytes: 5, idle_timeout_seconds: 7 },
      "tiers: [",
      { queue: { enabled: true }, health_check_enabled: false },
      { tiers: [{ name: "lite", vcpu: 2, memory_gb: 1 }] },
      { default_tier: "nobody" },
      { routing: { peers: 2 }, proxy_retries: 0 },
    ];
    for (const change of changes) {
      const yaml = typeof change === "string"
        ? change
        : stage.yaml({ ...BASE, ...change });
      await write(stage, yaml);
      await server.post("/_opsen/config/reload", {});
      await load.more(100);
    }
    await load.ended();
    assert.deepEqual(load.failed, []);
    assert.deepEqual(load.resetAtFirst, []);
    assert.equal(load.refused, 0);
    assert.deepEqual(new Set(origin.seen.keys()), load.answered);
    assert.deepEqual(new Set(origin.seen.values()), new Set([1]));
    const { config, refused_reloads } = await server.health();
    assert.deepEqual([config?.version, refused_reloads], [6, 2]);
    assert.equal(config?.is_newer_refused, false);
  },
);

proxyTest(
  "what is loaded again holds at once, for the proxy, the API and the engine",
  async (stage) => {
    const one = stage.keep(echoOrigin("one"));
    const server = await stage.startWith({ one: { to: one } }, BASE);
    const env = { OPSEN_SERVER_URL: server.url, OPSEN_API_KEY: "k1" };
    assert.equal((await server.route("new")).status, 400);
    assert.equal((await server.get("/elsewhere")).body.backend, "one");

    const next = {
      ...BASE,
      tiers: [{ name: "new", vcpu: 1, memory_gb: 1 }],
      default_tier: "new",
      proxy_endpoints: ["/app"],
      server_key: "k1",
      port: 1,
    };
    await write(stage, stage.yaml(next));
    server.process.kill("SIGHUP");
    await server.process.said(/Configuration applied version=2/);
    assert.equal((await server.route("new")).status, 401);
    const key = { "x-api-key": "k1" };
    assert.equal((await server.route("new", key)).status, 200);
    assert.equal((await server.get("/elsewhere", key)).status, 404);
    assert.equal((await server.get("/app", key)).body.backend, "one");

    await write(stage, "tiers: 7\nprot: 1\n");
    const refused = await runOpsen(["reload"], { env });
    assert.equal(refused.code, 64);
    assert.match(refused.stderr, /server\.yml:1:8 tiers: found 7/);
    assert.match(
      refused.stderr,
      /server\.yml:2:1 prot: found an unknown key, wanted "port"/,
    );
    assert.equal((await server.route("new", key)).status, 200);

    const back = await runOpsen(["config", "rollback"], { env });
    assert.equal(back.code, 0, back.stderr);
    assert.equal((await server.route("small")).status, 200);
    const history = await runOpsen(["config", "history"], { env });
    assert.match(history.stdout, /refused/);
    assert.match(history.stdout, /rollback/);
  },
);

proxyTest(
  "a file that is watched is loaded when it changes, and what comes of it is told to a webhook",
  async (stage) => {
    const told: { type: string; data: Record<string, unknown> }[] = [];
    const receiver = stage.keep(httpOrigin(async (request) => {
      told.push(await request.json());
      return new Response(null, { status: 204 });
    }));
    const keys = { ...BASE, watch_config: true, events_url: receiver.url };
    const server = await stage.start(keys);
    await write(stage, stage.yaml({ ...keys, sticky_header: "X-Session" }));
    await toldOf("config.applied");
    await write(stage, stage.yaml({ ...keys, stale_minutes: 0 }));
    await toldOf("config.refused");
    const refused = told.find(({ type }) => type === "config.refused");
    assert.match(JSON.stringify(refused?.data), /stale_minutes/);
    assert.equal((await server.health()).config?.version, 2);

    function toldOf(type: string): Promise<void> {
      return eventually(
        `the event ${type}`,
        () => Promise.resolve(told.some((event) => event.type === type)),
      );
    }
  },
);

proxyTest(
  "a signal to load the configuration again is no end, also not while the server stops",
  async (stage) => {
    const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<
      void
    >();
    const slow = stage.keep(httpOrigin(async () => {
      await mayAnswer;
      return new Response("whole");
    }));
    const server = await stage.startWith({ one: { to: slow } }, BASE);
    const response = fetch(`${server.url}/`);
    await eventually("the request is with its backend", async () => {
      const { body } = await server.get("/clients");
      return JSON.stringify(body).includes('"leases":1');
    });
    server.process.kill("SIGTERM");
    await server.process.said(/Stopping/);
    server.process.kill("SIGHUP");
    answer();
    assert.equal(await (await response).text(), "whole");
    assert.equal((await server.process.ended()).code, 0);
  },
);

async function write({ home }: ProxyStage, yaml: string): Promise<void> {
  await Deno.writeTextFile(`${home.folder}/server.yml.new`, yaml);
  await Deno.rename(
    `${home.folder}/server.yml.new`,
    `${home.folder}/server.yml`,
  );
}
