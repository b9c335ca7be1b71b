import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runOpsen, startOpsen } from "../e2e/opsen_process.ts";
import { freePort } from "../free_port.ts";

const ORIGINAL = fileURLToPath(
  new URL("../fixtures/original-server.yml", import.meta.url),
);

/** A folder for a test's database, removed at the end of its scope. */
function temporaryFolder(): { readonly path: string } & Disposable {
  const path = Deno.makeTempDirSync();
  return {
    path,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

Deno.test("the server starts on the documented server.yml, word for word, and names what does not protect yet", async () => {
  using folder = temporaryFolder();
  const port = freePort();
  const args = [
    "server",
    "-config",
    ORIGINAL,
    "-port",
    String(port),
    "-host=127.0.0.1",
    "-db",
    `${folder.path}/new/opsen.db`,
  ];
  await using server = await startOpsen(args, {
    ready: `http://127.0.0.1:${port}/health`,
  });
  const { stdout, stderr } = server.output();
  for (
    const key of ["default_tier"]
  ) {
    assert.match(stdout + stderr, new RegExp(`\\b${key}\\b`));
  }
  assert.ok(Deno.statSync(`${folder.path}/new/opsen.db`).isFile);
  const { code } = await server.stop();
  assert.equal(code, 0);
});

Deno.test("a configuration with problems ends with 64 before a port is bound", async () => {
  using folder = temporaryFolder();
  const port = freePort();
  using _taken = Deno.listen({ hostname: "127.0.0.1", port });
  const args = [
    "server",
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--stale",
    "0",
    "--db",
    `${folder.path}/opsen.db`,
  ];
  const { code, stdout, stderr } = await runOpsen(args);
  assert.deepEqual([code, stdout, stderr], [
    64,
    "",
    '--stale-minutes: found "0", wanted a whole number from 1 to 10080\n',
  ]);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("a port that is taken is one line and exit code 69", async () => {
  using folder = temporaryFolder();
  const port = freePort();
  using _taken = Deno.listen({ hostname: "127.0.0.1", port });
  const args = [
    "server",
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--db",
    `${folder.path}/opsen.db`,
  ];
  const { code, stderr } = await runOpsen(args);
  assert.equal(code, 69);
  assert.match(
    stderr,
    new RegExp(
      `Cannot listen on 127.0.0.1 port ${port}: another program does already`,
    ),
  );
  assert.doesNotMatch(stderr, /\n +at /);
});

Deno.test("a database in a place that can't be is named with its flag", async () => {
  const { code, stderr } = await runOpsen([
    "server",
    "--port",
    "0",
    "--db",
    "/dev/null/opsen.db",
  ]);
  assert.equal(code, 64);
  assert.match(
    stderr,
    /^--database: found "\/dev\/null\/opsen.db", whose folder can't be made/,
  );
});
