import assert from "node:assert/strict";
import {
  ServiceManager,
  type Vitals,
} from "../../src/service/service_manager.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { LIBC, NotifyReceiver } from "./notify_receiver.ts";

/** Between two reloads. */
const PAUSE_MS = 10;

const WELL: Vitals = {
  status: () => "2 of 2\nbackends active",
  responds: () => Promise.resolve(),
};

/** Runs with a socket in a folder of its own. */
function socketTest(
  name: string,
  fn: (receiver: NotifyReceiver) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: LIBC === undefined,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        using receiver = new NotifyReceiver(`${folder}/notify`);
        await fn(receiver);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

function managerFor(
  address: string,
  env: Readonly<Record<string, string>> = {},
): ServiceManager {
  const variables: Readonly<Record<string, string>> = {
    NOTIFY_SOCKET: address,
    ...env,
  };
  return new ServiceManager({
    environment: (name) => variables[name],
    logger: new FakeLogger(),
  });
}

socketTest(
  "a service manager hears that the process is ready, how it is, and that it stops",
  async (receiver) => {
    using manager = managerFor(receiver.address);
    assert.deepEqual(receiver.read(), []);
    manager.ready(WELL);
    const ready = await receiver.until(
      /^READY=1\nSTATUS=2 of 2 backends active$/,
    );
    manager.stopping();
    await receiver.until(/^STOPPING=1\nSTATUS=/, ready);
    await receiver.until(/^EXTEND_TIMEOUT_USEC=\d+/, ready);
  },
);

socketTest(
  "a configuration that is loaded again is told with its instant, and that it is over whatever came of it",
  async (receiver) => {
    using manager = managerFor(receiver.address);
    const begun = performance.now();
    assert.equal(await manager.reloading(() => Promise.resolve(7)), 7);
    await later(PAUSE_MS + 1);
    await assert.rejects(
      manager.reloading(() => Promise.reject(new Error("No"))),
      /No/,
    );
    const tookUs = (performance.now() - begun) * 1000;
    const [first, over, second, overAgain] = receiver.read();
    const apartUs = instantOf(second) - instantOf(first);
    assert.ok(apartUs >= PAUSE_MS * 1000 && apartUs <= tookUs, `${apartUs} µs`);
    assert.deepEqual([over, overAgain], ["READY=1", "READY=1"]);
  },
);

socketTest(
  "what a loaded configuration changes of the status is told at once",
  async (receiver) => {
    using manager = managerFor(receiver.address);
    let status = "well";
    manager.ready({ ...WELL, status: () => status });
    await manager.reloading(() => Promise.resolve());
    status = "refused";
    await manager.reloading(() => Promise.resolve());
    const told = receiver.read().filter((text) => text.includes("STATUS"));
    assert.deepEqual(told, ["READY=1\nSTATUS=well", "STATUS=refused"]);
  },
);

socketTest(
  "the watchdog hears of a process that responds, and nothing of one that does not",
  async (receiver) => {
    const env = { WATCHDOG_USEC: "20000", WATCHDOG_PID: String(Deno.pid) };
    let isStuck = false;
    let asked = 0;
    const stuck = Promise.withResolvers<void>();
    using manager = managerFor(receiver.address, env);
    manager.ready({
      status: () => "",
      responds: () => {
        asked++;
        return isStuck ? stuck.promise : Promise.resolve();
      },
    });
    let heard = await receiver.until(/^WATCHDOG=1$/);
    heard = await receiver.until(/^WATCHDOG=1$/, heard);
    isStuck = true;
    const askedBefore = asked;
    while (asked === askedBefore) await later(5);
    heard = receiver.read().length;
    await later(100);
    assert.equal(receiver.read().length, heard);
    assert.equal(asked, askedBefore + 1);
    isStuck = false;
    stuck.resolve();
    await receiver.until(/^WATCHDOG=1$/, heard);
  },
);

socketTest(
  "a process that is not the watched one sends no beats",
  async (receiver) => {
    for (
      const env of [
        { WATCHDOG_USEC: "2000", WATCHDOG_PID: String(Deno.pid + 1) },
        { WATCHDOG_USEC: "0" },
        { WATCHDOG_USEC: "soon" },
      ]
    ) {
      using manager = managerFor(receiver.address, env);
      manager.ready(WELL);
      await later(30);
    }
    assert.ok(!receiver.read().some((text) => text.includes("WATCHDOG")));
  },
);

Deno.test({
  name: "a socket with an abstract name is told too",
  ignore: LIBC === undefined,
  fn: async () => {
    using receiver = new NotifyReceiver(`@opsen-test-${crypto.randomUUID()}`);
    using manager = managerFor(receiver.address);
    manager.ready(WELL);
    await receiver.until(/^READY=1/);
  },
});

Deno.test("without a service manager, or with one that is away, nothing is said and nothing fails", async () => {
  for (
    const address of ["", "/nonexistent/notify", "@", `/${"x".repeat(200)}`]
  ) {
    using manager = managerFor(address, { WATCHDOG_USEC: "2000" });
    manager.ready(WELL);
    assert.equal(await manager.reloading(() => Promise.resolve(1)), 1);
    await later(5);
    manager.stopping();
  }
});

Deno.test("an address that no socket has is told to people", () => {
  const logger = new FakeLogger();
  const address = `/${"x".repeat(200)}`;
  using _manager = new ServiceManager({
    environment: (name) => name === "NOTIFY_SOCKET" ? address : undefined,
    logger,
  });
  assert.deepEqual(logger.messages("warn"), [
    "The service manager can't be told anything",
  ]);
});

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function instantOf(text = ""): number {
  const [, us] = /^RELOADING=1\nMONOTONIC_USEC=([1-9]\d*)$/.exec(text) ?? [];
  return Number(us);
}
