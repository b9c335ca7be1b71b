import assert from "node:assert/strict";
import { freePort } from "../free_port.ts";
import { eventually } from "./eventually.ts";
import { statsMessage } from "./machine_messages.ts";
import { type OpsenProcess, startOpsen } from "./opsen_process.ts";
import { portOf, ServerHome, TestServer } from "./server_home.ts";

const OWNER = { "x-api-key": "owner-of-the-fleet" };
const CONFIG = "server_key: owner-of-the-fleet\nrate_limit_per_minute: 0\n";

/** A server and a machine; both have files that last from start to start, and the server its port. */
class Scene implements AsyncDisposable {
  readonly #home = new ServerHome();
  readonly #port = freePort();
  readonly #state = `${this.#home.folder}/state`;
  readonly tokenPath = `${this.#home.folder}/token`;

  async server(): Promise<TestServer> {
    const config = `${this.#home.folder}/server.yml`;
    await Deno.writeTextFile(config, CONFIG);
    const opsen = await startOpsen([
      ...["server", "--config", config, "--db", this.#home.databasePath],
      ...["--host", "127.0.0.1", "--port", String(this.#port)],
    ]);
    return new TestServer(opsen, await portOf(opsen));
  }

  client(server: TestServer): Promise<OpsenProcess> {
    return startOpsen([
      ...["client", "--server", server.url, "--client-id", "m-1"],
      ...["--state-dir", this.#state, "--report-interval-seconds", "1"],
      ...["--enrol-token-file", this.tokenPath],
      ...["--endpoint-url", "http://127.0.0.1:1"],
    ]);
  }

  /** What the machine keeps. */
  credential(): string {
    const [entry] = [...Deno.readDirSync(this.#state)];
    const text = Deno.readTextFileSync(`${this.#state}/${entry?.name}`);
    return JSON.parse(text).credential;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#home[Symbol.asyncDispose]();
  }
}

Deno.test("a machine enrols, goes on through restarts, speaks for itself alone, and is cut off at once", async () => {
  await using scene = new Scene();
  const credential = await enrol(scene);
  const own = { "x-api-key": credential };

  await using server = await scene.server();
  await using client = await scene.client(server);
  await client.said(/INFO .*Registered as "m-1"/);
  assert.equal(scene.credential(), credential);
  const other = await server.post("/stats", statsMessage("m-2"), own);
  assert.deepEqual([other.status, other.body["code"]], [403, "wrong_backend"]);

  const revoked = await fetch(`${server.url}/_opsen/keys/agent:m-1`, {
    method: "DELETE",
    headers: OWNER,
  });
  assert.equal(revoked.status, 200, await revoked.text());
  assert.deepEqual((await server.get("/clients", OWNER)).body, []);
  for (
    const [key, code] of [
      [own, "key_revoked"],
      [OWNER, "backend_revoked"],
    ] as const
  ) {
    const { status, body } = await server.post(
      "/stats",
      statsMessage("m-1"),
      key,
    );
    assert.deepEqual([status, body["code"]], [403, code]);
  }
  await client.said(
    /WARN .*Cannot re(port|gister) at .*was revoked.*opsen keys/,
  );
  const { stdout, stderr } = client.output();
  assert.doesNotMatch(stdout + stderr, /Enrolled/);
  assert.ok(!(stdout + stderr).includes(credential));
});

/** The first life of both, in which one token is used up and another expires; the credential. */
async function enrol(scene: Scene): Promise<string> {
  await using server = await scene.server();
  const once = await tokenOf(server, { max_uses: 1 });
  await Deno.writeTextFile(scene.tokenPath, `${once}\n`);
  await using client = await scene.client(server);
  await reports(server);
  const credential = scene.credential();
  for (const { output } of [client, server.process]) {
    const { stdout, stderr } = output();
    assert.ok(!(stdout + stderr).includes(once));
    assert.ok(!(stdout + stderr).includes(credential));
  }
  assert.equal(await refusalOf(server, once), "enrol_token_used_up");
  const short = await tokenOf(server, { ttl_seconds: 1, max_uses: 1000 });
  await eventually(
    "a token expires",
    async () => await refusalOf(server, short) === "enrol_token_expired",
  );
  return credential;
}

/** The machine is there and has reported. */
async function reports(server: TestServer): Promise<void> {
  await eventually("a report", async () => {
    const { body } = await server.get("/clients?active=true", OWNER);
    return JSON.stringify(body).includes('"m-1"');
  });
}

async function tokenOf(
  server: TestServer,
  wish: Readonly<Record<string, number>>,
): Promise<string> {
  const { status, body } = await server.post("/_opsen/tokens", wish, OWNER);
  assert.equal(status, 200);
  return String(body["token"]);
}

/** Why a token does not enrol one more machine. */
async function refusalOf(server: TestServer, token: string): Promise<unknown> {
  const id = crypto.randomUUID();
  const ask = { client_id: id, token };
  return (await server.post("/_opsen/enrol", ask)).body["code"];
}
