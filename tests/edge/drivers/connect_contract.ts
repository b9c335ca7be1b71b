/** The contract of a driver: outgoing connections. */
import assert from "node:assert/strict";
import { freePort } from "../../free_port.ts";
import type { ContractTest } from "./stage.ts";
import {
  bytesOf,
  readAll,
  readExactly,
  readUntilOver,
  send,
  settled,
} from "./traffic.ts";

/** Registers the tests. */
export function connectContract(test: ContractTest): void {
  test("a connection that is refused is told of after the call, once", async (stage) => {
    const { socket, recorder } = stage.connect(freePort());
    await recorder.untilEvent("gone:refused");
    await settled();
    assert.deepEqual(recorder.events, ["gone:refused"]);
    assert.equal(socket.write(bytesOf("unheard"), 0, 7), 7);
    socket.close();
  });

  test("a handler that throws when it is refused harms nobody", async (stage) => {
    const { recorder } = stage.connect(freePort(), {
      onGone: () => {
        throw new Error("A handler's own fault");
      },
    });
    await recorder.untilEvent("gone:refused");
    const { socket, peer } = await stage.outgoing();
    socket.write(bytesOf("x"), 0, 1);
    assert.deepEqual(await readExactly(peer, 1), bytesOf("x"));
  });

  test("a socket can be written to as soon as it is told that it stands", async (stage) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { socket } = stage.connect(listener.addr.port, {
      onConnected: () => {
        socket.write(bytesOf("hello"), 0, 5);
        socket.finish();
      },
    });
    assert.deepEqual(
      await readAll(stage.keep(await listener.accept())),
      bytesOf("hello"),
    );
  });

  test("a socket that is aborted before it stands is told nothing", async (stage) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    for (const end of ["abort", "close"] as const) {
      const { socket, recorder } = stage.connect(listener.addr.port);
      socket[end]();
      await settled();
      assert.deepEqual(recorder.events, []);
    }
  });

  test("a handler that aborts when it is connected is told nothing else", async (stage) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { socket, recorder } = stage.connect(listener.addr.port, {
      onConnected: () => socket.abort(),
    });
    try {
      await readUntilOver(stage.keep(await listener.accept()));
    } catch (error) {
      // A reset may be there before the connection is taken.
      assert.ok(error instanceof Deno.errors.NotConnected, `${error}`);
    }
    assert.deepEqual(recorder.events, ["connected"]);
  });

  if (Deno.build.os === "windows") return;

  test("a unix socket is connected to, and carries bytes both ways", async (stage) => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/s`;
      using listener = Deno.listen({ transport: "unix", path });
      const recorder = stage.recorder();
      const socket = recorder.watch(
        stage.driver.connect({ kind: "unix", path }, recorder),
      );
      assert.deepEqual(recorder.events, []);
      const peer = stage.keep(await listener.accept());
      await recorder.untilEvent("connected");
      await send(peer, bytesOf("ping"));
      await recorder.untilBytes(4);
      socket.write(bytesOf("pong"), 0, 4);
      socket.finish();
      assert.deepEqual(await readAll(peer), bytesOf("pong"));
      peer.close();
      await recorder.untilEvent("end");
      assert.deepEqual(recorder.events, ["connected", "end"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  test("a unix socket where nobody listens is refused", async (stage) => {
    const recorder = stage.recorder();
    stage.driver.connect(
      { kind: "unix", path: "/nonexistent/opsen.sock" },
      recorder,
    );
    assert.deepEqual(recorder.events, []);
    await recorder.untilEvent("gone:refused");
  });
}
