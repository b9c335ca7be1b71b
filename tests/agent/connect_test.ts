import assert from "node:assert/strict";
import { connect } from "../../src/agent/connect.ts";
import { isTimeout } from "../../src/agent/deadline.ts";
import { freePort } from "../free_port.ts";

const { signal } = new AbortController();

Deno.test("where something listens there is a connection", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using connection = await connect(
    `http://127.0.0.1:${listener.addr.port}/path`,
    60_000,
    signal,
  );
  assert.equal(connection.remoteAddr.port, listener.addr.port);
});

Deno.test("where nothing listens there is an error", async () => {
  await assert.rejects(
    connect(`http://127.0.0.1:${freePort()}`, 60_000, signal),
    Deno.errors.ConnectionRefused,
  );
});

Deno.test("nobody waits longer than allowed for a name to be found, and the late connection is closed", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const found = Promise.withResolvers<void>();
  const connecting = connect(
    `http://127.0.0.1:${listener.addr.port}`,
    10,
    signal,
    async ({ hostname, port }) => {
      await found.promise;
      return await Deno.connect({ hostname, port });
    },
  );
  await assert.rejects(connecting, (error) => isTimeout(error));
  found.resolve();
  using late = await listener.accept();
  assert.equal(await late.read(new Uint8Array(1)), null);
});

Deno.test("a name that is not found after the time is over is nobody's error any more", async () => {
  const found = Promise.withResolvers<Deno.TcpConn>();
  await assert.rejects(
    connect("http://127.0.0.1:1", 10, signal, () => found.promise),
    (error) => isTimeout(error),
  );
  found.reject(new Error("no such name"));
  await new Promise((resolve) => setTimeout(resolve, 0));
});

Deno.test("who is told to stop does not even begin", async () => {
  await assert.rejects(
    connect("http://127.0.0.1:1", 60_000, AbortSignal.abort()),
    { name: "AbortError" },
  );
});
