import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { freePort } from "../free_port.ts";
import { Api } from "./api.ts";
import { runOpsen, startOpsen } from "./opsen_process.ts";
import { portOf, ServerHome, TestServer } from "./server_home.ts";

Deno.test("the documented server.yml, word for word and with Go style flags, makes a server that works", async () => {
  await using home = new ServerHome();
  const port = freePort();
  const database = `${home.folder}/not/there/yet/opsen.db`;
  const args = ["-config", fixture("original-server.yml")];
  const opsen = await startOpsen(
    ["server", ...args, "-port", String(port), "-db", database],
    { ready: `http://127.0.0.1:${port}/health` },
  );
  await using server = new TestServer(opsen, port);
  assert.equal((await server.health()).status, "healthy");
  await server.join("machine", { vramFreeGb: [24] });
  assert.equal((await server.place("gpu-inference")).client_id, "machine");
  assert.equal((await server.route("large")).body.code, "unknown_tier");
  assert.ok(Deno.statSync(database).isFile);
  assert.equal((await server.process.stop()).code, 0);
});

Deno.test("the documented files pass the check of their role", async () => {
  const [client, server, wrongRole] = await Promise.all([
    check("client", "original-client.yml"),
    check("server", "original-server.yml"),
    check("server", "original-client.yml"),
  ]);
  assert.deepEqual([client.code, client.stdout], [0, "ok\n"], client.stderr);
  assert.deepEqual([server.code, server.stdout], [0, "ok\n"], server.stderr);
  assert.deepEqual([wrongRole.code, wrongRole.stdout], [64, ""]);
  assert.match(wrongRole.stderr, /original-client\.yml:2:1 server_url: found/);
});

Deno.test("a wrong file is told whole, each problem with its place, before a port is bound or a file made", async () => {
  await using home = new ServerHome();
  // Whoever tried to listen here would end with another code.
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const config = `${home.folder}/server.yml`;
  await Deno.writeTextFile(
    config,
    `host: 127.0.0.1
port: ${taken.addr.port}
stale_minutes: soon
api_kyes: [sesame]
server_key: [open, sesame]
tiers:
  - name: small
    vcpu: 0
    memory_gb: "32"
`,
  );
  const database = `${home.folder}/opsen.db`;
  const { code, stdout, stderr } = await runOpsen(
    ["server", "-config", config, "-db", database],
  );
  assert.deepEqual([code, stdout], [64, ""]);
  const lines = stderr.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => /^(.*?): found /.exec(line)?.[1]),
    [
      `${config}:3:16 stale_minutes`,
      `${config}:4:1 api_kyes`,
      `${config}:5:13 server_key`,
      `${config}:8:11 tiers[0].vcpu`,
      `${config}:9:16 tiers[0].memory_gb`,
    ],
  );
  assert.ok(lines.every((line) => /, wanted /.test(line)), stderr);
  assert.match(lines[1] ?? "", /wanted "api_keys"/);
  assert.doesNotMatch(stderr, /sesame/);
  assert.deepEqual(namesIn(home.folder), ["server.yml"]);
});

Deno.test("the environment alone configures a server, and its key is never printed", async () => {
  await using home = new ServerHome();
  const env = {
    OPSEN_HOST: "127.0.0.1",
    OPSEN_PORT: "0",
    OPSEN_DATABASE: home.databasePath,
    OPSEN_SERVER_KEY: "open-sesame",
    OPSEN_LOG_LEVEL: "debug",
    // What Kubernetes sets for a service that is called "opsen-idle-timeout-seconds".
    OPSEN_IDLE_TIMEOUT_SECONDS: "tcp://10.0.0.1:8080",
  };
  const opsen = await startOpsen(["server"], { env });
  await using server = new TestServer(opsen, await portOf(opsen));
  assert.equal((await server.get("/clients")).status, 401);
  const wrong = { "x-api-key": "open-simsim" };
  assert.equal((await server.get("/clients", wrong)).status, 403);
  const right = { "x-api-key": "open-sesame" };
  assert.equal((await server.get("/clients", right)).status, 200);
  const { stdout, stderr } = await server.process.stop();
  assert.match(stdout + stderr, /OPSEN_IDLE_TIMEOUT_SECONDS is ignored/);
  assert.doesNotMatch(stdout + stderr, /open-se|open-si/);
});

Deno.test("a port that another program has is one line and exit code 69", async () => {
  await using home = new ServerHome();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const { code, stdout, stderr } = await runOpsen([
    ...["server", "-host", "127.0.0.1", "-port", String(port)],
    ...["-db", home.databasePath, "-log-level", "error"],
  ]);
  assert.equal(code, 69);
  const lines = (stdout + stderr).trimEnd().split("\n");
  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? "",
    new RegExp(`Cannot listen on 127.0.0.1 port ${port}: another program`),
  );
});

Deno.test("a file that is no database is named in one line, and left as it was", async () => {
  await using home = new ServerHome();
  const diary = `${home.folder}/diary.txt`;
  const words = "Dear diary, today I was taken for a database.\n".repeat(100);
  await Deno.writeTextFile(diary, words);
  const { code, stdout, stderr } = await runOpsen([
    ...["server", "-host", "127.0.0.1", "-port", "0"],
    ...["-db", diary, "-log-level", "error"],
  ]);
  assert.equal(code, 74);
  const lines = (stdout + stderr).trimEnd().split("\n");
  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? "",
    /FATAL opsen: Cannot open the database ".*diary\.txt": file is not a database/,
  );
  assert.equal(await Deno.readTextFile(diary), words);
  assert.deepEqual(namesIn(home.folder), ["diary.txt"]);
});

async function check(role: string, file: string) {
  return await runOpsen(
    ["config", "check", "--role", role, "--config", fixture(file)],
  );
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

Deno.test("without the C library the server says that it is slower, and serves", async () => {
  await using home = new ServerHome();
  const main = new URL("../../main.ts", import.meta.url).pathname;
  await using opsen = await startOpsen([
    ...["run", "-A", "--deny-ffi", "--no-prompt", main, "server"],
    ...["--db", home.databasePath, "--host", "127.0.0.1", "--port", "0"],
  ], { executable: Deno.execPath() });
  await opsen.said(/WARN .*The C library can't be called/);
  const api = new Api(await portOf(opsen));
  assert.equal((await api.get("/health")).status, 200);
});
