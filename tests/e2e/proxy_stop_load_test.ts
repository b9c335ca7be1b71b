import assert from "node:assert/strict";
import { proxyTest } from "./proxy_stage.ts";
import { countingOrigin, SteadyLoad } from "./steady_load.ts";

/** Callers of each kind: enough that every moment of a request is met. */
const CALLERS = 12;
/** Room for all of them at once. */
const MACHINE = { cores: 256, memoryGb: 1_024 };

proxyTest(
  "SIGTERM under load fails no request that was sent on an accepted connection",
  async (stage) => {
    const origin = stage.keep(countingOrigin());
    const server = await stage.startWith({ one: { to: origin, ...MACHINE } }, {
      rate_limit_per_minute: 0,
    });
    const load = new SteadyLoad(server.port, {
      standing: CALLERS,
      passing: CALLERS,
    });
    await load.more(1_000);
    server.process.kill("SIGTERM");
    await load.untilRefused();
    assert.deepEqual(load.failed, []);
    // The runtime's listener resets what waits with the system when it closes; no origin has seen such a request.
    if (stage.driver === "epoll") assert.deepEqual(load.resetAtFirst, []);
    assert.equal(load.refused, 2 * CALLERS);
    assert.deepEqual(new Set(origin.seen.keys()), load.answered);
    assert.deepEqual(new Set(origin.seen.values()), new Set([1]));
    const { code, stdout, stderr } = await server.process.ended();
    assert.equal(code, 0);
    assert.doesNotMatch(stdout + stderr, /cut off|ERROR/);
  },
);
