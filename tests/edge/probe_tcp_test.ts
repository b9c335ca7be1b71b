/** Probes that only connect, over real sockets. */
import assert from "node:assert/strict";
import type { ProbeOutcome } from "../../src/engine/health.ts";
import type { EndpointGrant } from "../../src/trust_ports.ts";
import { freePort } from "../free_port.ts";
import { settled } from "./drivers/traffic.ts";
import { FullListener, originAt, SILENT } from "./probe_origin.ts";
import {
  AMPLE_MS,
  overDrivers,
  SHORT_MS,
  targetAt,
  TCP,
} from "./probe_world.ts";

const FAILED: ProbeOutcome = { ok: false };
const ADDRESSES = ["127.0.0.1", "127.0.0.2"];
/** All of 127.0.0.0/8 is here on Linux only. */
const HAS_MANY_LOOPBACKS = Deno.build.os === "linux";

overDrivers(
  "a probe of a server that accepts is good, and ends in peace",
  async (open) => {
    await using world = open();
    await using origin = originAt(SILENT);
    const before = performance.now();
    const outcome = await world.probe(`http://127.0.0.1:${origin.port}`);
    assert.ok(outcome.ok);
    assert.ok(outcome.latencyMs >= 0);
    assert.ok(outcome.latencyMs <= performance.now() - before);
    await origin.untilEnds(1);
    assert.deepEqual(origin.ends, ["end"]);
  },
);

overDrivers("a probe that is refused has failed at once", async (open) => {
  await using world = open();
  assert.deepEqual(
    await world.probe(`http://127.0.0.1:${freePort()}`),
    FAILED,
  );
});

overDrivers(
  "a probe that nobody takes has failed when its time is over",
  async (open) => {
    await using world = open({ settings: { ...TCP, timeoutMs: SHORT_MS } });
    using black = await FullListener.open();
    const before = performance.now();
    assert.deepEqual(
      await world.probe(`http://127.0.0.1:${black.port}`),
      FAILED,
    );
    assert.ok(performance.now() - before >= SHORT_MS - 2);
  },
);

overDrivers(
  "a probe of what is no http URL has failed, and is told of later",
  async (open) => {
    await using world = open();
    for (const endpoint of ["", "here", "ftp://127.0.0.1/", "http://"]) {
      let isTold = false;
      const told = new Promise<ProbeOutcome>((resolve) =>
        world.prober.probe(targetAt(endpoint), (outcome) => {
          isTold = true;
          resolve(outcome);
        })
      );
      assert.equal(isTold, false);
      assert.deepEqual(await told, FAILED);
    }
  },
);

overDrivers(
  "a name without addresses fails each time, and is told of later",
  async (open) => {
    await using world = open({
      lookup: () => Promise.reject(new Error("None")),
    });
    for (let round = 0; round < 2; round++) {
      let isTold = false;
      const told = world.probe("http://a.example:1").then((outcome) => {
        isTold = true;
        return outcome;
      });
      assert.equal(isTold, false);
      assert.deepEqual(await told, FAILED);
    }
  },
);

overDrivers("the time-out covers the question for the name", async (open) => {
  const answer = Promise.withResolvers<readonly string[]>();
  await using origin = originAt(SILENT);
  await using world = open({
    settings: { ...TCP, timeoutMs: SHORT_MS },
    lookup: () => answer.promise,
  });
  const outcomes: ProbeOutcome[] = [];
  const endpoint = `http://a.example:${origin.port}`;
  world.prober.probe(targetAt(endpoint), (outcome) => outcomes.push(outcome));
  assert.deepEqual(await world.probe(endpoint), FAILED);
  answer.resolve(["127.0.0.1"]);
  await settled();
  assert.deepEqual(outcomes, [FAILED]);
  assert.deepEqual(origin.ends, []);
});

if (HAS_MANY_LOOPBACKS) {
  overDrivers(
    "of two addresses the one that can be reached is enough",
    async (open) => {
      await using origin = originAt(SILENT, "127.0.0.2");
      await using world = open({ lookup: () => Promise.resolve(ADDRESSES) });
      const outcome = await world.probe(`http://a.example:${origin.port}`);
      assert.ok(outcome.ok);
    },
  );

  overDrivers(
    "an address that swallows the attempt leaves time for the next",
    async (open) => {
      using black = await FullListener.open();
      await using origin = originAt(SILENT, "127.0.0.2", black.port);
      const timeoutMs = 4_000;
      await using world = open({
        settings: { ...TCP, timeoutMs },
        lookup: () => Promise.resolve(ADDRESSES),
      });
      const outcome = await world.probe(`http://a.example:${origin.port}`);
      assert.ok(outcome.ok);
      // Of the attempt that came through, not of the one before it.
      assert.ok(outcome.latencyMs < timeoutMs / 2);
    },
  );
}

overDrivers("two addresses that both refuse are a failure", async (open) => {
  await using world = open({ lookup: () => Promise.resolve(ADDRESSES) });
  assert.deepEqual(await world.probe(`http://a.example:${freePort()}`), FAILED);
});

overDrivers(
  "many probes at once don't take one another's outcome",
  async (open) => {
    await using world = open();
    await using origin = originAt(SILENT);
    const closed = freePort();
    const outcomes = await Promise.all(
      Array.from(
        { length: 100 },
        (_, at) =>
          world.probe(`http://127.0.0.1:${at % 2 ? closed : origin.port}`),
      ),
    );
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      outcomes.map((_, at) => at % 2 === 0),
    );
    await origin.untilEnds(50);
  },
);

overDrivers(
  "nothing is told after disposal, and every socket is closed",
  async (open) => {
    const outcomes: ProbeOutcome[] = [];
    await using origin = originAt(SILENT);
    const settings = { ...TCP, type: "http", timeoutMs: AMPLE_MS } as const;
    await using world = open({ settings });
    const note = (outcome: ProbeOutcome) => outcomes.push(outcome);
    const endpoint = `http://127.0.0.1:${origin.port}`;
    world.prober.probe(targetAt(endpoint), note);
    await settled();
    world.prober.probe(targetAt(endpoint), note);
    world.prober.probe(targetAt("nowhere"), note);
    world.prober[Symbol.dispose]();
    world.prober.probe(targetAt(`http://127.0.0.1:${freePort()}`), note);
    await origin.untilEnds(1);
    await settled();
    assert.deepEqual(outcomes, []);
  },
);

overDrivers(
  "a backend that must not be where it is has failed its probe without a connection, and is named once",
  async (open) => {
    await using origin = originAt(SILENT);
    const asked: EndpointGrant[] = [];
    await using world = open({
      lookup: () => Promise.resolve(["127.0.0.1"]),
      endpointRule: {
        refusal({ host, ip }, grant) {
          asked.push(grant);
          return host === ip ? undefined : `${host} is at ${ip}`;
        },
      },
    });
    const allowed = await world.probe(`http://127.0.0.1:${origin.port}`);
    assert.ok(allowed.ok);
    const named = `http://b.example:${origin.port}`;
    assert.deepEqual(await world.probe(named), FAILED);
    assert.deepEqual(await world.probe(named), FAILED);
    await origin.untilEnds(1);
    assert.equal(origin.ends.length, 1);
    const [line, ...more] = world.logger.lines;
    assert.deepEqual(line?.data, {
      backend: "b1",
      endpoint: named,
      why: "b.example is at 127.0.0.1",
    });
    assert.deepEqual(more, []);
    const grant = { registeredFrom: "127.0.0.1", endpointAllow: [] };
    assert.deepEqual(asked, [grant, grant, grant]);
  },
);
