import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { echoOrigin, httpOrigin } from "./proxy_origins.ts";
import { proxyTest } from "./proxy_stage.ts";
import type { TestServer } from "./server_home.ts";

const KEYS = {
  rate_limit_per_minute: 0,
  sticky_header: "X-Session",
  health_check_interval_seconds: 1,
  health_check_timeout_seconds: 1,
  health_check_unhealthy_threshold: 1,
  health_check_healthy_threshold: 1,
};

proxyTest(
  "a backend that fails its probes loses its sessions to another, and gets work again when it passes them",
  async (stage) => {
    let isWell = true;
    const sick = stage.keep(httpOrigin((request) => {
      const isProbe = new URL(request.url).pathname === "/ready";
      return isProbe && !isWell
        ? new Response(null, { status: 503 })
        : Response.json({ backend: "sick" });
    }));
    const well = stage.keep(echoOrigin("well"));
    const third = stage.keep(echoOrigin("third"));
    const server = await stage.startWith({
      sick: { to: sick, busyPct: 0 },
      well: { to: well, busyPct: 60 },
      third: { to: third, busyPct: 70 },
    }, { ...KEYS, health_check_type: "http", health_check_path: "/ready" });
    await healthOf(server, "sick", "healthy");
    assert.equal(await backendOf(server, "alice"), "sick");

    isWell = false;
    await healthOf(server, "sick", "unhealthy");
    await server.process.said(/A backend is unhealthy.*backend=sick/);
    assert.notEqual(await backendOf(server, "alice"), "sick");
    for (let n = 0; n < 5; n++) {
      assert.notEqual(await backendOf(server, `new-${n}`), "sick");
    }

    isWell = true;
    await healthOf(server, "sick", "healthy");
    assert.equal(await backendOf(server, "late"), "sick");
  },
);

proxyTest(
  "when most backends fail their probes they get work all the same, loudly",
  async (stage) => {
    const gone = new Response(null, { status: 500 });
    const handler = (request: Request) =>
      new URL(request.url).pathname === "/health"
        ? gone.clone()
        : Response.json({ backend: "one" });
    const server = await stage.startWith({
      one: { to: stage.keep(httpOrigin(handler)) },
      two: { to: stage.keep(httpOrigin(handler)) },
    }, { ...KEYS, health_check_type: "http" });
    await server.process.said(/ERROR.*Panic: 2 of 2 backends/);
    const { body } = await server.get("/health");
    assert.deepEqual(body.panic, { out: 2, of: 2, mode: "fail_open" });
    assert.equal(await backendOf(server, "alice"), "one");
  },
);

function healthOf(
  server: TestServer,
  id: string,
  wanted: string,
): Promise<void> {
  return eventually(`${id} is ${wanted}`, async () => {
    return (await server.clients()).get(id)?.health_status === wanted;
  });
}

async function backendOf(server: TestServer, session: string) {
  const { body } = await server.get("/", { "x-session": session });
  return body.backend;
}
