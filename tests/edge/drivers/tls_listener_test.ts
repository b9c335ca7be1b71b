import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Listening } from "../../../src/edge/driver.ts";
import type { Meeting } from "./stage.ts";
import { type TlsStage, tlsTest } from "./tls_stage.ts";
import { bytesOf, Feeder, pattern, readUntilOver, settled } from "./traffic.ts";
import { issuedFor, selfSigned } from "./deno/certificates.ts";

tlsTest(
  "an encrypted caller is taken after its handshake, and bytes go both ways",
  async (open) => {
    await using stage = await open();
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
  },
);

tlsTest(
  "whoever may not greet is closed without a handshake",
  async (open) => {
    await using stage = await open();
    const asked: string[] = [];
    const mayGreet = (ip: string) => {
      asked.push(ip);
      return false;
    };
    const { listening } = listenTls(stage, {}, mayGreet);
    await assert.rejects(call(listening));
    assert.deepEqual(asked, ["127.0.0.1"]);
  },
);

tlsTest(
  "a slow encrypted caller holds writing back, and gets all in the end",
  async (open) => {
    await using stage = await open();
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
  },
);

tlsTest(
  "who doesn't finish the handshake in time is closed and never taken",
  async (open) => {
    await using stage = await open({ handshakeTimeoutMs: 30 });
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
  },
);

tlsTest(
  "handshakes after a certificate was replaced see the new one, connections of before live on",
  async (open) => {
    await using stage = await open();
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
  },
  ["openssl"],
);

tlsTest(
  "a certificate that can't be used is refused, and the old one is still shown",
  async (open) => {
    await using stage = await open();
    const { listening } = listenTls(stage);
    const [one, other] = [selfSigned(), await issuedFor("other.example")];
    const unusable = [
      { cert: one.cert, key: other.key },
      { cert: "no certificate", key: one.key },
      { cert: one.cert, key: "no key" },
    ];
    for (const tls of unusable) {
      assert.throws(() => listening.replaceCertificate(tls));
      assert.throws(() => stage.driver.refuseUnusable(tls));
    }
    stage.driver.refuseUnusable(one);
    (await call(listening)).destroy();
  },
  ["openssl"],
);

tlsTest(
  "a listener that stops lets handshakes end that have begun, and waits for nobody for ever",
  async (open) => {
    await using stage = await open();
    const { listening, taken } = listenTls(stage);
    const silent = await stage.call(listening.port);
    const plain = net.connect(listening.port, "127.0.0.1");
    await once(plain, "connect");
    let isStopped = false;
    const stopping = listening.stop().then(() => isStopped = true);
    const caller = connect({ socket: plain, rejectUnauthorized: false });
    await once(caller, "secureConnect");
    caller.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(!isStopped, "a handshake is under way");
    await readUntilOver(silent);
    await stopping;
    await taken;
  },
);

tlsTest(
  "closing a listener ends the handshakes that are under way",
  async (open) => {
    await using stage = await open();
    const { listening } = listenTls(stage);
    const silent = await stage.call(listening.port);
    listening.close();
    await readUntilOver(silent);
  },
);

tlsTest(
  "disposing of the driver ends handshakes under way, and nobody is taken any more",
  async (open) => {
    await using stage = await open();
    const listening = stage.driver.listen(
      { hostname: "127.0.0.1", port: 0, tls: selfSigned() },
      () => undefined,
    );
    const silent = await stage.call(listening.port);
    await settled();
    await stage.driver[Symbol.asyncDispose]();
    await readUntilOver(silent);
    await assert.rejects(stage.call(listening.port));
  },
);

tlsTest(
  "an encrypted caller that is cut off without a farewell was reset, it did not end",
  async (open) => {
    await using stage = await open();
    const { listening, taken } = listenTls(stage);
    const caller = await call(listening);
    const { recorder } = await taken;
    // Destroying sends no close_notify.
    caller.destroy();
    await recorder.untilEvent("gone:reset");
    assert.deepEqual(recorder.events, ["gone:reset"]);
  },
);

tlsTest(
  "a listener with a bad certificate, or another one's key, throws",
  async (open) => {
    await using stage = await open();
    const { cert, key } = selfSigned();
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const other = privateKey.export({ type: "pkcs8", format: "pem" })
      .toString();
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
  },
);

function listenTls(
  stage: TlsStage,
  reactions: { onWritable?: (socket: Meeting["socket"]) => void } = {},
  mayGreet?: (ip: string) => boolean,
) {
  const taken = Promise.withResolvers<
    Omit<Meeting, "peer"> & { readonly ip: string }
  >();
  const listening = stage.keep(stage.driver.listen(
    {
      hostname: "127.0.0.1",
      port: 0,
      tls: selfSigned(),
      ...(mayGreet && { mayGreet }),
    },
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
