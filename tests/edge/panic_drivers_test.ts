import assert from "node:assert/strict";
import type { Driver } from "../../src/edge/driver.ts";
import { openDenoDriver } from "../../src/edge/drivers/deno/deno_driver.ts";
import {
  epollAvailable,
  openEpollDriver,
} from "../../src/edge/drivers/epoll/open_epoll_driver.ts";
import { Edge } from "../../src/edge/edge.ts";
import { PANIC_MESSAGE } from "../../src/edge/panic.ts";
import { Resolver } from "../../src/edge/resolver.ts";
import { systemClock } from "../../src/lifecycle.ts";
import { OPTIONS } from "../engine/fleets.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { SeededRandom } from "../fakes/random.ts";
import { backend, SETTINGS } from "./edge_world.ts";
import { PlantedFault, Tripwire } from "./tripwire.ts";
import { WatchedBalancer } from "./watched_balancer.ts";

const now = () => performance.now();
/** More calls than the request makes. */
const CALLS_MAX = 100;

const DRIVERS: Readonly<Record<string, (logger: FakeLogger) => Driver>> = {
  ...(epollAvailable() && {
    epoll: (logger: FakeLogger) => openEpollDriver({ logger, now }),
  }),
  deno: (logger) => openDenoDriver({ logger, now }),
};

for (const [name, openDriver] of Object.entries(DRIVERS)) {
  Deno.test(`wherever the program fails, the next request is served all the same (${name})`, async () => {
    const logger = new FakeLogger();
    const tripwire = new Tripwire();
    await using origin = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("served"),
    );
    await using driver = openDriver(logger);
    const balancer = fleetOf(origin.addr.port);
    const edge = new Edge({
      settings: { ...SETTINGS, stickyHeader: "X-Session" },
      driver: tripwire.wire(driver),
      resolver: tripwire.wire(new Resolver(now)),
      apiSocket: "/nowhere",
      balancer: tripwire.wire(balancer),
      store: tripwire.wire(new MemoryStore()),
      locator: tripwire.wire({ locate: () => undefined }),
      logger,
      clock: systemClock,
      random: new SeededRandom(1),
      prepareTls: () => Promise.resolve(),
    });
    const { port } = edge.listen({ hostname: "127.0.0.1", port: 0 });
    let faults = 0;
    for (let number = 1;; number++) {
      assert.ok(number < CALLS_MAX, "There is always another call");
      tripwire.tripped = undefined;
      tripwire.arm(number);
      const answer = await ask(port, `X-Session: s${number}\r\n`);
      tripwire.disarm();
      if (tripwire.tripped === undefined) break;
      faults++;
      const line = logger.lines.findLast(({ level }) => level === "error");
      assert.equal(line?.message, PANIC_MESSAGE);
      assert.ok(line?.data.error instanceof PlantedFault);
      if (tripwire.tripped !== "finish") {
        assert.match(answer, /^HTTP\/1\.1 500 [^]*"internal_error"/);
        assert.ok(answer.includes(String(line.data.requestId)));
      }
      assert.match(await ask(port, ""), /^HTTP\/1\.1 200 [^]*served/);
      assert.equal(edge.load.inFlight, 0);
      assert.equal(balancer.atBackends, 0);
    }
    assert.ok(faults >= 5, `${faults}`);
    edge.drain();
    assert.equal(await edge.ended(1_000), true);
    assert.equal(edge.load.connections, 0);
  });
}

function fleetOf(port: number): WatchedBalancer {
  const balancer = new WatchedBalancer(OPTIONS);
  const endpoint = `http://127.0.0.1:${port}`;
  const at = now();
  balancer.register({ ...backend(1), endpoint }, at);
  const room = { totalGb: 2_000, usedGb: 0, availableGb: 2_000 };
  balancer.report("b1", {
    coreUsagePct: Array.from({ length: 64 }, () => 0),
    memory: room,
    disk: room,
    gpus: [],
  }, at);
  return balancer;
}

/** One request on a connection of its own, and all that comes back. */
async function ask(port: number, fields: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request =
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`;
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}
