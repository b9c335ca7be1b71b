import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { echoOrigin } from "./proxy_origins.ts";
import { proxyTest } from "./proxy_stage.ts";

proxyTest(
  "a backend that dies is found out by its first refused request, long before its probes would",
  async (stage) => {
    const dead = echoOrigin("dead");
    const well = stage.keep(echoOrigin("well"));
    const server = await stage.startWith({
      dead: { to: dead },
      well: { to: well, busyPct: 60 },
      third: { to: well, busyPct: 70 },
    }, {
      rate_limit_per_minute: 0,
      health_check_interval_seconds: 3_600,
      sticky_header: "X-Session",
    });
    const session = { "x-session": "alice" };
    assert.equal((await server.get("/", session)).body.backend, "dead");
    await eventually("a first probe of each", async () => {
      const clients = [...(await server.clients()).values()];
      return clients.every(({ last_health_check: at }) => at !== null);
    });
    await dead[Symbol.asyncDispose]();
    assert.equal((await server.get("/", session)).body.backend, "well");
    await server.process.said(/A backend is unhealthy.*backend=dead/);
    assert.equal((await server.get("/", session)).body.backend, "well");
  },
);
