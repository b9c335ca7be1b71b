import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { SocketSet } from "../../../../src/edge/drivers/deno/socket_set.ts";
import { TlsLayer } from "../../../../src/edge/drivers/deno/tls_layer.ts";
import { FakeLogger } from "../../../fakes/logger.ts";
import { selfSigned } from "./certificates.ts";
import { frame, FrameCaller, GET, GOAWAY, request } from "./http2_frames.ts";
import { answerTo, ask, http2Test, say, until } from "./http2_stage.ts";
import { Relay } from "./relay.ts";

http2Test("a session that ends leaves nothing, however it ends", async () => {
  const logger = new FakeLogger();
  const now = () => performance.now();
  await using sockets = new SocketSet(logger, now);
  using layer = new TlsLayer(sockets, {
    logger,
    now,
    handshakeTimeoutMs: 5_000,
    http2: true,
    upstreamTls: { caCerts: [], skipVerify: false },
  });
  let open = 0;
  const greeting = layer.accepting(selfSigned(), (socket) => {
    open++;
    return {
      onConnected: () => {},
      onBytes: (bytes) => {
        const isAnswered = new TextDecoder().decode(bytes).startsWith("GET /a");
        if (!isAnswered) return;
        say(socket, "HTTP/1.1 204 No Content\r\n\r\n");
        socket.close();
        open--;
      },
      onWritable: () => {},
      onEnd: () => {},
      onHangUp: () => {},
      onGone: () => open--,
    };
  });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  async function accept() {
    const connection = await listener.accept();
    const socket = sockets.make();
    socket.serve(
      connection,
      () => greeting.accept(socket, { ip: "127.0.0.1", port: 1 }, now()),
    );
  }
  async function isOver() {
    await until(() => layer.sessionCount === 0 && open === 0);
  }

  for (const way of ["close", "destroy"] as const) {
    const accepted = accept();
    const caller = connect(`https://localhost:${port}`, {
      rejectUnauthorized: false,
    });
    caller.on("error", () => {});
    await accepted;
    await answerTo(ask(caller, { ":path": "/a" }));
    if (way === "destroy") ask(caller, { ":path": "/waits" });
    await until(() => layer.sessionCount === 1);
    const closed = once(caller, "close");
    caller[way]();
    await closed;
    await isOver();
  }
  for (const way of ["destroy", "goaway", "tear", "garbage"] as const) {
    await using relay = new Relay(port);
    const accepted = accept();
    using caller = await FrameCaller.call(relay.port);
    await accepted;
    caller.send(request(1, GET));
    await until(() => open === 1);
    assert.equal(layer.sessionCount, 1);
    switch (way) {
      case "destroy":
        caller.socket.destroy();
        break;
      case "goaway":
        caller.send(frame(GOAWAY, 0, 0, new Uint8Array(8)));
        caller.socket.end();
        break;
      case "tear":
        relay.tear();
        break;
      case "garbage":
        caller.send(new Uint8Array(40).fill(0xff));
    }
    await isOver();
  }
});
