import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import type { UpstreamTls } from "../../../src/edge/drivers/deno/tls_layer.ts";
import { freePort } from "../../free_port.ts";
import type { Reactions } from "./recorder.ts";
import { type TlsStage, tlsTest } from "./tls_stage.ts";
import {
  bytesOf,
  Feeder,
  pattern,
  readAll,
  readUntilOver,
  send,
  settled,
} from "./traffic.ts";
import {
  type Certificate,
  issuedFor,
  selfSigned,
} from "./deno/certificates.ts";

const UNCHECKED: UpstreamTls = { caCerts: [], skipVerify: true };
const CHECKED: UpstreamTls = { caCerts: [], skipVerify: false };

tlsTest(
  "without checks any certificate is taken, for any name",
  async (open) => {
    await using stage = await open({ upstreamTls: UNCHECKED });
    await proveTraffic(stage, selfSigned(), "upstream.example");
  },
);

tlsTest("a certificate that nobody vouches for is refused", async (open) => {
  await using stage = await open({ upstreamTls: CHECKED });
  using upstream = listen(selfSigned());
  const greeting = greet(upstream);
  const { recorder } = dial(stage, upstream.addr.port, "upstream.example");
  await recorder.untilEvent("gone:tls");
  assert.deepEqual(recorder.events, ["gone:tls"]);
  await assert.rejects(greeting);
});

tlsTest(
  "a certificate is taken for its own name and from a trusted authority only",
  async (open) => {
    const { cert, key, authority } = await issuedFor("upstream.example");
    const trusting = { caCerts: [authority], skipVerify: false };
    {
      await using stage = await open({ upstreamTls: trusting });
      await proveTraffic(stage, { cert, key }, "upstream.example");
    }
    const refused: readonly (readonly [UpstreamTls, string])[] = [
      [trusting, "other.example"],
      [trusting, "127.0.0.1"],
      [CHECKED, "upstream.example"],
    ];
    for (const [tls, name] of refused) {
      await using stage = await open({ upstreamTls: tls });
      using upstream = listen({ cert, key });
      const greeting = greet(upstream);
      const { recorder } = dial(stage, upstream.addr.port, name);
      await recorder.untilEvent("gone:tls");
      await assert.rejects(greeting);
    }
  },
  ["openssl"],
);

for (const tls of [CHECKED, UNCHECKED]) {
  const how = tls.skipVerify ? "without checks" : "with checks";

  tlsTest(
    `${how} an upstream that never shakes hands is given up`,
    async (open) => {
      await using stage = await open({
        upstreamTls: tls,
        connectTimeoutMs: 30,
      });
      using upstream = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { recorder } = dial(stage, upstream.addr.port, "a.example");
      using peer = await upstream.accept();
      await recorder.untilEvent("gone:tls");
      await readUntilOver(peer);
    },
  );

  tlsTest(
    `${how} an upstream that speaks no TLS is told as such`,
    async (open) => {
      await using stage = await open({ upstreamTls: tls });
      using upstream = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { recorder } = dial(stage, upstream.addr.port, "a.example");
      using peer = await upstream.accept();
      await peer.write(bytesOf("HTTP/1.1 400 Bad Request\r\n\r\n"));
      await recorder.untilEvent("gone:tls");
      await readUntilOver(peer);
    },
  );

  tlsTest(
    `${how} an upstream where nobody listens is refused`,
    async (open) => {
      await using stage = await open({ upstreamTls: tls });
      const { recorder } = dial(stage, freePort(), "a.example");
      await recorder.untilEvent("gone:refused");
    },
  );

  tlsTest(
    `${how} an aborted handshake is over, and disposing ends the others`,
    async (open) => {
      await using stage = await open({ upstreamTls: tls });
      using upstream = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const aborted = dial(stage, upstream.addr.port, "a.example");
      using peer = await upstream.accept();
      aborted.socket.abort();
      await readUntilOver(peer);
      const left = dial(stage, upstream.addr.port, "a.example");
      using other = await upstream.accept();
      await stage.driver[Symbol.asyncDispose]();
      await readUntilOver(other);
      assert.deepEqual(aborted.recorder.events, []);
      assert.deepEqual(left.recorder.events, []);
    },
  );
}

async function proveTraffic(
  stage: TlsStage,
  certificate: Certificate,
  name: string,
): Promise<void> {
  using upstream = listen(certificate);
  const feeder = new Feeder(pattern(8_000_000));
  const greeting = greet(upstream);
  const { socket, recorder } = dial(stage, upstream.addr.port, name, {
    onWritable: () => {
      feeder.feed(socket);
      if (feeder.isDone) socket.finish();
    },
  });
  await recorder.untilEvent("connected");
  using peer = await greeting;
  feeder.feed(socket);
  assert.ok(!feeder.isDone);
  assert.ok(Buffer.from(pattern(8_000_000)).equals(await readAll(peer)));
  socket.pause(false);
  const answer = pattern(1_000_000, 2);
  const sending = send(peer, answer).then(() => peer.closeWrite());
  await settled();
  assert.equal(recorder.byteCount, 0);
  socket.resume();
  await recorder.untilEvent("end");
  await sending;
  assert.ok(Buffer.from(answer).equals(recorder.bytes));
  socket.close();
}

function listen(certificate: Certificate): Deno.TlsListener {
  return Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    ...certificate,
    alpnProtocols: ["http/1.1"],
  });
}

/** Takes one connection and shakes hands. */
async function greet(upstream: Deno.TlsListener): Promise<Deno.TlsConn> {
  const connection = await upstream.accept();
  try {
    const { alpnProtocol } = await connection.handshake();
    assert.equal(alpnProtocol, "http/1.1");
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function dial(
  stage: TlsStage,
  port: number,
  serverName: string,
  reactions: Reactions = {},
) {
  const recorder = stage.recorder(reactions);
  const socket = stage.driver.connect(
    { kind: "tls", ip: "127.0.0.1", port, serverName },
    recorder,
  );
  assert.deepEqual(recorder.events, []);
  return { recorder, socket: recorder.watch(socket) };
}
