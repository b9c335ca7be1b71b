import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { ServerConfig } from "../src/config/server_keys.ts";
import {
  type RunningServer,
  type ServerWorld,
  startServer,
} from "../src/server.ts";
import { UnusableFileError } from "../src/server/named_file.ts";
import { keyHash } from "../src/wire/key_text.ts";
import { serverConfig } from "./config/load_text.ts";
import { eventually } from "./e2e/eventually.ts";
import { opsenCommand, startOpsen } from "./e2e/opsen_process.ts";
import { FakeLogger } from "./fakes/logger.ts";
import { freePort } from "./free_port.ts";
import { toolTest } from "./tools.ts";

const HERE = "host: 127.0.0.1\nport: 0\n";

/** What `GET /clients` answers to a key. */
async function statusWith(
  { address }: RunningServer,
  key: string,
): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${address.port}/clients`, {
    headers: key === "" ? {} : { "x-api-key": key },
  });
  await response.body?.cancel();
  return response.status;
}

Deno.test("a key that stands as a hash closes the server, and opens it", async () => {
  const logger = new FakeLogger();
  const config = await serverConfig(
    `${HERE}api_keys: [{key_hash: ${keyHash("sesame")}}]\n`,
  );
  await using server = await startServer(config, {
    ...{ logger, databasePath: ":memory:" },
  });
  const statuses = [];
  for (const key of ["", keyHash("sesame"), "sesame"]) {
    statuses.push(await statusWith(server, key));
  }
  assert.deepEqual(statuses, [401, 403, 200]);
  const words = logger.messages("warn").join();
  assert.doesNotMatch(words, /whoever reaches this port/);
});

Deno.test("a key file that can't be used ends the start, and leaves a running server as it was", async () => {
  const world = { logger: new FakeLogger(), databasePath: ":memory:" };
  const missing = await serverConfig(`${HERE}server_key_file: /nonexistent\n`);
  await assert.rejects(startServer(missing, world), UnusableFileError);
  const config = await serverConfig(`${HERE}server_key: sesame\n`);
  await using server = await startServer(config, world);
  await assert.rejects(server.prepare(missing), UnusableFileError);
  assert.equal(await statusWith(server, "sesame"), 200);
});

Deno.test("keys follow the configuration, and a server opens again only where that is meant", async () => {
  const logger = new FakeLogger();
  const world = { logger, databasePath: ":memory:" };
  const open = await serverConfig(HERE);
  const closed = await serverConfig(`${HERE}api_keys: [sesame]\n`);
  await using server = await startServer(open, world);
  const seen: number[] = [];
  for (const next of [open, closed, closed]) {
    (await server.prepare(next)).apply();
    seen.push(await statusWith(server, ""));
  }
  assert.deepEqual(seen, [200, 401, 401]);
  await assert.rejects(server.prepare(open), /found no key, wanted at least/);
  assert.equal(await statusWith(server, ""), 401);
  (await server.prepare(open, true)).apply();
  assert.equal(await statusWith(server, ""), 200);
  const warnings = logger.messages("warn")
    .filter((message) => message.includes("whoever reaches this port"));
  assert.equal(warnings.length, 2);
});

Deno.test("a server that stored keys have closed stays closed when its database is lost", async () => {
  const folder = await Deno.makeTempDir();
  const logger = new FakeLogger();
  const world = { logger, databasePath: `${folder}/opsen.db` };
  try {
    const config = await serverConfig(HERE);
    await ownerKeyOf(config, world);
    await Deno.remove(world.databasePath);
    {
      await using server = await startServer(config, world);
      assert.equal(await statusWith(server, ""), 401);
      assert.match(logger.messages("warn").join(), /Keys were stored/);
    }
    const known = await serverConfig(`${HERE}server_key: sesame\n`);
    {
      await using server = await startServer(known, world);
      assert.equal(await statusWith(server, "sesame"), 200);
    }
    await Deno.remove(`${world.databasePath}-closed`);
    await using server = await startServer(config, world);
    assert.equal(await statusWith(server, ""), 200);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A server runs for as long as it takes to make a key. */
async function ownerKeyOf(
  config: ServerConfig,
  world: ServerWorld,
): Promise<string> {
  await using server = await startServer(config, world);
  const { port } = server.address;
  const made = await fetch(`http://127.0.0.1:${port}/_opsen/keys`, {
    method: "POST",
    body: JSON.stringify({ name: "owner" }),
  });
  return String((await made.json()).key);
}

Deno.test("a server that stored keys have closed stays closed while its database can't be read at start", async () => {
  const folder = await Deno.makeTempDir();
  const logger = new FakeLogger();
  const world = { logger, databasePath: `${folder}/opsen.db` };
  const config = await serverConfig(HERE);
  try {
    const key = await ownerKeyOf(config, world);
    const lock = new DatabaseSync(world.databasePath);
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    await using server = await startServer(config, world);
    assert.equal(await statusWith(server, ""), 401);
    assert.equal(await statusWith(server, key), 403);
    lock.exec("ROLLBACK");
    lock.close();
    await eventually(
      "the key opens",
      async () => await statusWith(server, key) === 200,
    );
    assert.equal(await statusWith(server, ""), 401);
  } finally {
    await Deno.remove(folder, { recursive: true });
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
    assert.match(text, /^HTTP\/1.1 40[04] /, path);
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
