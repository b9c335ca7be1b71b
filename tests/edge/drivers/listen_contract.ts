/** The contract of a driver: listeners. */
import assert from "node:assert/strict";
import type { ContractTest } from "./stage.ts";
import {
  bytesOf,
  readAll,
  readExactly,
  readUntilOver,
  send,
} from "./traffic.ts";

/** Registers the tests. */
export function listenContract(test: ContractTest): void {
  test("a listener tells its real port and the address as asked for", async (stage) => {
    const { listening, next } = stage.listen();
    assert.ok(listening.port > 0);
    assert.equal(listening.hostname, "127.0.0.1");
    await stage.call(listening.port);
    await next();
  });

  test("a second listener at an address throws", async (stage) => {
    const { listening } = stage.listen();
    assert.throws(
      () =>
        stage.driver.listen(
          { hostname: "127.0.0.1", port: listening.port },
          () => undefined,
        ),
      Deno.errors.AddrInUse,
    );
    listening.close();
    await Promise.resolve();
  });

  test("a listener says who connected", async (stage) => {
    const { listening, next } = stage.listen();
    const peer = await stage.call(listening.port);
    assert.deepEqual((await next()).from, {
      ip: "127.0.0.1",
      port: peer.localAddr.port,
    });
  });

  test("an IPv4 caller of an IPv6 listener is told as IPv4", async (stage) => {
    const seen = Promise.withResolvers<string>();
    let listening;
    try {
      listening = stage.driver.listen(
        { hostname: "::", port: 0 },
        (_socket, { ip }) => {
          seen.resolve(ip);
          return undefined;
        },
      );
    } catch {
      // A machine without IPv6 has nothing to map.
      return;
    }
    stage.keep(listening);
    await stage.call(listening.port);
    assert.equal(await seen.promise, "127.0.0.1");
  });

  test("a connection that nobody takes is closed", async (stage) => {
    const listening = stage.listenWith(() => undefined);
    const { bytes } = await readUntilOver(await stage.call(listening.port));
    assert.equal(bytes.length, 0);
  });

  test("a connection whose taking fails is closed, and the listener goes on", async (stage) => {
    let count = 0;
    const listening = stage.listenWith(() => {
      if (++count === 1) throw new Error("An acceptor's own fault");
      return stage.recorder();
    });
    await readUntilOver(await stage.call(listening.port));
    await stage.call(listening.port);
    while (count < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  });

  test("a socket can be written to and closed while it is being taken", async (stage) => {
    const listening = stage.listenWith((socket) => {
      socket.write(bytesOf("full"), 0, 4);
      socket.close();
      return stage.recorder();
    });
    assert.deepEqual(
      await readAll(await stage.call(listening.port)),
      bytesOf("full"),
    );
  });

  test("closing a listener refuses callers and leaves connections alone", async (stage) => {
    const { listening, next } = stage.listen();
    const peer = await stage.call(listening.port);
    const { socket, recorder } = await next();
    listening.close();
    listening.close();
    await assert.rejects(stage.call(listening.port));
    await send(peer, bytesOf("ping"));
    await recorder.untilBytes(4);
    socket.write(bytesOf("pong"), 0, 4);
    assert.deepEqual(await readExactly(peer, 4), bytesOf("pong"));
  });

  test("many callers at a time are all taken", async (stage) => {
    const { listening, next } = stage.listen();
    const count = 100;
    const peers = await Promise.all(
      Array.from({ length: count }, () => stage.call(listening.port)),
    );
    const ports = new Set<number>();
    for (let at = 0; at < count; at++) ports.add((await next()).from.port);
    assert.deepEqual(
      ports,
      new Set(peers.map(({ localAddr }) => localAddr.port)),
    );
  });

  test("a listener that stops takes those that wait, then refuses callers", async (stage) => {
    const { listening, next } = stage.listen();
    const count = 50;
    const peers = await Promise.all(
      Array.from({ length: count }, () => stage.call(listening.port)),
    );
    await Promise.all([listening.stop(), listening.stop()]);
    for (let at = 0; at < count; at++) {
      const { socket } = await next();
      socket.write(bytesOf("pong"), 0, 4);
    }
    for (const peer of peers) {
      assert.deepEqual(await readExactly(peer, 4), bytesOf("pong"));
    }
    await assert.rejects(stage.call(listening.port));
    listening.close();
    await listening.stop();
  });

  test("a listener without TLS has no certificate to replace", async (stage) => {
    const { listening } = stage.listen();
    assert.throws(
      () => listening.replaceCertificate({ cert: "", key: "" }),
      /no TLS/,
    );
    listening.close();
    await Promise.resolve();
  });
}
