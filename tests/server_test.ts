import assert from "node:assert/strict";
import { startServer } from "../src/server.ts";
import { serverConfig } from "./config/load_text.ts";
import { opsenCommand, startOpsen } from "./e2e/opsen_process.ts";
import { FakeLogger } from "./fakes/logger.ts";
import { freePort } from "./free_port.ts";
import { toolTest } from "./tools.ts";

const HERE = "host: 127.0.0.1\nport: 0\n";

Deno.test("a key that can't be read yet closes the server instead of leaving it open", async () => {
  for (const entry of ["key_hash: 5e884898da28", "key_file: /etc/opsen/key"]) {
    const logger = new FakeLogger();
    const config = await serverConfig(`${HERE}api_keys: [{${entry}}]\n`);
    await using server = await startServer(config, {
      ...{ logger, databasePath: ":memory:" },
    });
    const url = `http://127.0.0.1:${server.address.port}/clients`;
    for (const key of [undefined, "", "5e884898da28"]) {
      const headers = key === undefined ? {} : { "x-api-key": key };
      const response = await fetch(url, { headers });
      await response.body?.cancel();
      assert.ok([401, 403].includes(response.status), `${response.status}`);
    }
    const words = logger.messages("warn").join();
    assert.doesNotMatch(words, /whoever reaches this port/);
  }
});

Deno.test("a path is known as it was sent, not as it could be folded", async () => {
  const config = await serverConfig(HERE);
  await using server = await startServer(config, {
    ...{ logger: new FakeLogger(), databasePath: ":memory:" },
  });
  for (const path of ["/x/../health", "/./health", "//health", "/health/"]) {
    using caller = await Deno.connect({ port: server.address.port });
    const request = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    await caller.write(new TextEncoder().encode(request));
    const answer = new Uint8Array(1000);
    const length = await caller.read(answer) ?? 0;
    const text = new TextDecoder().decode(answer.subarray(0, length));
    assert.match(text, /^HTTP\/1.1 404 /, path);
  }
});

toolTest(
  "sh",
  "a caller that takes every file descriptor does not end the server",
  async () => {
    const folder = await Deno.makeTempDir();
    const port = freePort();
    const url = `http://127.0.0.1:${port}/health`;
    const callers: Deno.Conn[] = [];
    try {
      await using server = await startOpsen([
        ...[
          "-c",
          'ulimit -n 150; exec "$@"',
          "sh",
          ...opsenCommand(),
          "server",
        ],
        ...["--host", "127.0.0.1", "--port", String(port)],
        ...["--db", `${folder}/opsen.db`],
      ], { executable: "/bin/sh", ready: url });
      try {
        for (let i = 0; i < 300; i++) {
          callers.push(await Deno.connect({ hostname: "127.0.0.1", port }));
        }
      } catch (error) {
        assert.ok(error instanceof Deno.errors.ConnectionRefused, `${error}`);
      }
      await server.said(/max_connections is more than the limit of open files/);
      await server.said(/max_connections is reached/);
      for (const caller of callers.splice(0)) caller.close();
      const response = await fetch(url);
      assert.equal(response.status, 200);
      await response.body?.cancel();
    } finally {
      for (const caller of callers) caller.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
);
