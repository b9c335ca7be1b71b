import assert from "node:assert/strict";
import { nextTick } from "node:process";
import type { ConnectAddress, Driver } from "../../../src/edge/driver.ts";
import { openDenoDriver } from "../../../src/edge/drivers/deno/deno_driver.ts";
import { TurnTaking } from "../../../src/edge/drivers/deno/turn_taking.ts";
import { LateTls } from "../../../src/edge/drivers/late_tls.ts";
import { FakeLogger } from "../../fakes/logger.ts";
import { Recorder } from "./recorder.ts";
import { selfSigned } from "./deno/certificates.ts";
import { unprepared } from "./tls_stage.ts";

/** Longer than what follows a handshake takes. */
const QUIET_MS = 50;

const UNCHECKED = { caCerts: [], skipVerify: true };

Deno.test("what needs TLS throws until it is prepared, and plain connections need no preparation", async () => {
  await using driver = open();
  const at = { hostname: "127.0.0.1", port: 0 };
  const tls = selfSigned();
  for (
    const call of [
      () => driver.listen({ ...at, tls }, () => undefined),
      () => driver.connect(encryptedAt(1), new Recorder()),
      () => driver.refuseUnusable(tls),
    ]
  ) assert.throws(call, TypeError);
  driver.listen(at, () => undefined).close();
  await driver.prepare();
  driver.refuseUnusable(tls);
  driver.listen({ ...at, tls }, () => undefined).close();
});

Deno.test("checks that were changed before TLS was prepared are those that count", async () => {
  await using driver = open();
  driver.checkUpstreams(UNCHECKED);
  await driver.prepare();
  const listening = driver.listen(
    { hostname: "127.0.0.1", port: 0, tls: selfSigned() },
    () => new Recorder(),
  );
  const recorder = new Recorder();
  driver.connect(encryptedAt(listening.port), recorder);
  await recorder.untilEvent("connected");
  listening.close();
});

Deno.test("a driver is asked for one turn at a time, and no longer than it takes", async () => {
  const changes: number[] = [];
  const turns = new TurnTaking({
    waitingForTurn: (change) => changes.push(change),
  });
  turns.ask();
  turns.ask();
  nextTick(() => turns.ask());
  assert.deepEqual(changes, [1]);
  await new Promise<void>((resolve) => setImmediate(resolve));
  assert.deepEqual(changes, [1, -1]);
});

Deno.test("while TLS has something to do the driver below is asked for a turn, and for none in the end", async () => {
  let waiting = 0;
  await using driver = open(counting((change) => waiting += change));
  await driver.prepare();
  driver.checkUpstreams(UNCHECKED);
  const told: (readonly [event: string, waiting: number])[] = [];
  const answer = new TextEncoder().encode("answer");
  const listening = driver.listen(
    { hostname: "127.0.0.1", port: 0, tls: selfSigned() },
    (socket) =>
      new Recorder({
        onBytes() {
          told.push(["question", waiting]);
          setTimeout(() => {
            told.push(["quiet", waiting]);
            socket.write(answer, 0, answer.length);
            told.push(["writing", waiting]);
          }, QUIET_MS);
        },
      }),
  );
  const recorder = new Recorder({
    onConnected() {
      told.push(["connected", waiting]);
      socket.write(answer, 0, answer.length);
    },
    onBytes: () => told.push(["answer", waiting]),
  });
  const socket = driver.connect(encryptedAt(listening.port), recorder);
  await recorder.untilBytes(answer.length);
  assert.deepEqual(told, [
    ["connected", 1],
    ["question", 1],
    ["quiet", 0],
    ["writing", 1],
    ["answer", 1],
  ]);
  listening.close();
  await driver[Symbol.asyncDispose]();
  assert.equal(waiting, 0);
});

Deno.test("times that their owner changes count for what begins afterwards", async () => {
  const options = {
    ...{ logger: new FakeLogger(), now: () => performance.now() },
    ...{ handshakeTimeoutMs: 60_000, connectTimeoutMs: 60_000 },
    upstreamTls: UNCHECKED,
  };
  await using driver = new LateTls(openPlain(), options);
  await driver.prepare();
  // It accepts and says nothing.
  const mute = driver.listen(
    { hostname: "127.0.0.1", port: 0 },
    () => new Recorder(),
  );
  options.connectTimeoutMs = 20;
  const recorder = new Recorder();
  driver.connect(encryptedAt(mute.port), recorder);
  await recorder.untilEvent("gone:tls");
  mute.close();
});

/** A driver whose waits for turns are told. */
function counting(onChange: (change: 1 | -1) => void): Driver {
  const plain = openPlain();
  return {
    name: plain.name,
    listen: (address, accept) => plain.listen(address, accept),
    connect: (address, handler) => plain.connect(address, handler),
    waitingElsewhere: () => {},
    waitingForTurn: onChange,
    [Symbol.asyncDispose]: () => plain[Symbol.asyncDispose](),
  };
}

function encryptedAt(port: number): ConnectAddress {
  return { kind: "tls", ip: "127.0.0.1", port, serverName: "a.test" };
}

function open(plain: Driver = openPlain()): LateTls {
  return unprepared(plain);
}

function openPlain(): Driver {
  return openDenoDriver({
    logger: new FakeLogger(),
    now: () => performance.now(),
  });
}
