import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { Listening } from "../../../../src/edge/driver.ts";
import { openDenoDriver } from "../../../../src/edge/drivers/deno/deno_driver.ts";
import { refuseUnusable } from "../../../../src/edge/drivers/deno/tls_layer.ts";
import { FakeLogger } from "../../../fakes/logger.ts";
import { type Meeting, Stage } from "../stage.ts";
import { bytesOf, Feeder, pattern, readUntilOver } from "../traffic.ts";
import { issuedFor, selfSigned } from "./certificates.ts";

Deno.test("an encrypted caller is taken after its handshake, and bytes go both ways", async () => {
  await using stage = open(5_000);
  const { listening, taken } = listenTls(stage);
  const caller = await call(listening);
  assert.equal(caller.alpnProtocol, "http/1.1");
  const { socket, recorder, ip } = await taken;
  assert.equal(ip, "127.0.0.1");
  const sent = pattern(2_000_000);
  caller.write(sent);
  await recorder.untilBytes(sent.length);
  assert.ok(Buffer.from(sent).equals(recorder.bytes));
  caller.end(bytesOf("end"));
  await recorder.untilEvent("end");
  assert.equal(socket.write(bytesOf("answer"), 0, 6), 6);
  socket.close();
  assert.equal((await collect(caller)).toString(), "answer");
});

Deno.test("a slow encrypted caller holds writing back, and gets all in the end", async () => {
  await using stage = open(5_000);
  const feeder = new Feeder(pattern(12_000_000));
  const { listening, taken } = listenTls(stage, {
    onWritable: (socket) => {
      feeder.feed(socket);
      if (feeder.isDone) socket.finish();
    },
  });
  const caller = await call(listening);
  const { socket } = await taken;
  feeder.feed(socket);
  assert.ok(!feeder.isDone);
  assert.ok(Buffer.from(pattern(12_000_000)).equals(await collect(caller)));
});

Deno.test("who doesn't finish the handshake in time is closed and never taken", async () => {
  await using stage = open(30);
  let count = 0;
  const taken = Promise.withResolvers<void>();
  const listening = stage.keep(stage.driver.listen(
    { hostname: "127.0.0.1", port: 0, tls: selfSigned() },
    () => {
      count++;
      taken.resolve();
      return stage.recorder();
    },
  ));
  const silent = await stage.call(listening.port);
  const rude = await stage.call(listening.port);
  await rude.write(bytesOf("GET / HTTP/1.1\r\n\r\n"));
  await readUntilOver(silent);
  await readUntilOver(rude);
  assert.equal(count, 0);
  const caller = await call(listening);
  await taken.promise;
  caller.destroy();
  assert.equal(count, 1);
});

Deno.test("handshakes after a certificate was replaced see the new one, connections of before live on", async () => {
  await using stage = open(5_000);
  const { listening, taken } = listenTls(stage);
  const before = await call(listening);
  const { recorder } = await taken;
  const first = before.getPeerCertificate().fingerprint256;
  const other = await issuedFor("other.example");
  listening.replaceCertificate(other);
  const after = await call(listening);
  assert.notEqual(after.getPeerCertificate().fingerprint256, first);
  before.write(bytesOf("ping"));
  await recorder.untilBytes(4);
  before.destroy();
  after.destroy();
});

Deno.test("a certificate that can't be used is refused, and the old one is still shown", async () => {
  await using stage = open(5_000);
  const { listening } = listenTls(stage);
  const [one, other] = [selfSigned(), await issuedFor("other.example")];
  const unusable = [
    { cert: one.cert, key: other.key },
    { cert: "no certificate", key: one.key },
    { cert: one.cert, key: "no key" },
  ];
  for (const tls of unusable) {
    assert.throws(() => listening.replaceCertificate(tls));
    assert.throws(() => refuseUnusable(tls));
  }
  refuseUnusable(one);
  (await call(listening)).destroy();
});

Deno.test("a listener that stops lets handshakes end that have begun, and waits for nobody for ever", async () => {
  await using stage = open(60_000);
  const { listening, taken } = listenTls(stage);
  const silent = await stage.call(listening.port);
  const caller = call(listening);
  let isStopped = false;
  const stopping = listening.stop().then(() => isStopped = true);
  (await caller).destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(!isStopped, "a handshake is under way");
  await readUntilOver(silent);
  await stopping;
  await taken;
});

Deno.test("closing a listener ends the handshakes that are under way", async () => {
  await using stage = open(60_000);
  const { listening } = listenTls(stage);
  const silent = await stage.call(listening.port);
  listening.close();
  await readUntilOver(silent);
});

Deno.test("an encrypted caller that is cut off without a farewell was reset, it did not end", async () => {
  await using stage = open(5_000);
  const { listening, taken } = listenTls(stage);
  const caller = await call(listening);
  const { recorder } = await taken;
  // Destroying sends no close_notify.
  caller.destroy();
  await recorder.untilEvent("gone:reset");
  assert.deepEqual(recorder.events, ["gone:reset"]);
});

Deno.test("a listener with a bad certificate, or another one's key, throws", async () => {
  await using stage = open(5_000);
  const { cert, key } = selfSigned();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const other = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  for (
    const tls of [
      { cert: "none", key },
      { cert, key: "none" },
      { cert, key: other },
    ]
  ) {
    assert.throws(() =>
      stage.driver.listen(
        { hostname: "127.0.0.1", port: 0, tls },
        () => undefined,
      )
    );
  }
});

function open(handshakeTimeoutMs: number): Stage {
  return new Stage(openDenoDriver({
    logger: new FakeLogger(),
    now: () => performance.now(),
    handshakeTimeoutMs,
    upstreamTls: { caCerts: [], skipVerify: false },
  }));
}

function listenTls(
  stage: Stage,
  reactions: { onWritable?: (socket: Meeting["socket"]) => void } = {},
) {
  const taken = Promise.withResolvers<
    Omit<Meeting, "peer"> & { readonly ip: string }
  >();
  const listening = stage.keep(stage.driver.listen(
    { hostname: "127.0.0.1", port: 0, tls: selfSigned() },
    (plain, { ip }) => {
      const recorder = stage.recorder({
        onWritable: () => reactions.onWritable?.(socket),
      });
      const socket = recorder.watch(plain);
      taken.resolve({ socket, recorder, ip });
      return recorder;
    },
  ));
  return { listening, taken: taken.promise };
}

async function call({ port }: Listening): Promise<TLSSocket> {
  const options = {
    host: "127.0.0.1",
    port,
    ALPNProtocols: ["h2", "http/1.1"],
    rejectUnauthorized: false,
    allowHalfOpen: true,
  };
  const caller = connect(options);
  await once(caller, "secureConnect");
  return caller;
}

/** All bytes up to the end. */
async function collect(caller: TLSSocket): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  caller.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  await once(caller, "end");
  return Buffer.concat(chunks);
}
