import assert from "node:assert/strict";
import { RawConnection } from "./raw_connection.ts";
import { ServerHome } from "./server_home.ts";

/** One request as a Go client sent it. */
interface Message {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const MESSAGES: readonly Message[] = Deno.readTextFileSync(
  new URL("../fixtures/go-client.jsonl", import.meta.url),
).trimEnd().split("\n").map((line) => JSON.parse(line));
const ID = "f3ffeffc-5151-4a7f-a1b0-cfcc4c6f9960";

Deno.test("a Go client's own messages, byte for byte, register it and report for it", async () => {
  await using home = new ServerHome();
  await using server = await home.start("server_key: k\n");
  using connection = await RawConnection.open(server.port);
  for (const message of MESSAGES) {
    await connection.send(requestOf(message));
    const { status, headers } = await connection.answer();
    assert.equal(status, 200, message.path);
    assert.equal(headers.get("content-type"), "application/json");
  }

  const { body } = await server.get("/clients", { "x-api-key": "k" });
  const [view, ...others] = Object.values(body) as Record<string, unknown>[];
  assert.equal(others.length, 0);
  assert.equal(view?.client_id, ID);
  assert.equal(view.endpoint, "http://127.0.0.1:9101");
  assert.deepEqual(view.cpu_usage_pct, [0.22112211221607503, 0]);
  assert.deepEqual(view.location, {
    latitude: 0,
    longitude: 0,
    country: "",
    city: "",
  });
  assert.equal(view.routable, true);
  const placed = await server.place("small", { authorization: "Bearer k" });
  assert.equal(placed.client_id, ID);
});

Deno.test("a wrong key is 403, none is 401, and neither changes anything; health needs none", async () => {
  await using home = new ServerHome();
  await using server = await home.start(
    "server_key: k\napi_keys: [key-of-others]\n",
  );
  for (const message of MESSAGES) {
    assert.equal(await statusOf(server.port, message, "wrong-key"), 403);
    assert.equal(await statusOf(server.port, message, undefined), 401);
  }
  assert.equal((await server.get("/clients")).status, 401);
  assert.equal((await server.health()).total_clients, 0);
  assert.equal((await server.get("/_opsen/readyz")).status, 200);

  const [register] = MESSAGES;
  assert.ok(register !== undefined);
  assert.equal(await statusOf(server.port, register, "key-of-others"), 200);
  assert.equal((await server.health()).total_clients, 1);
  const { stdout, stderr } = await server.process.stop();
  assert.doesNotMatch(stdout + stderr, /wrong-key|key-of-others/);
});

Deno.test("callers from addresses that are not listed are refused, but may ask for health", async () => {
  await using home = new ServerHome();
  await using server = await home.start("whitelisted_ips: [10.0.0.0/8]\n");
  for (const message of MESSAGES) {
    assert.equal(await statusOf(server.port, message, "k"), 403);
  }
  const { status, body } = await server.get("/clients");
  assert.deepEqual([status, body.code], [403, "address_not_allowed"]);
  assert.equal((await server.health()).total_clients, 0);
});

/** The status of a message under another key, or without one. */
async function statusOf(
  port: number,
  { path, headers, body }: Message,
  key: string | undefined,
): Promise<number> {
  const { "X-Api-Key": _, ...others } = headers;
  using connection = await RawConnection.open(port);
  await connection.send(requestOf({
    path,
    body,
    headers: key === undefined ? others : { ...others, "X-Api-Key": key },
  }));
  return (await connection.answer()).status;
}

function requestOf({ path, headers, body }: Message): string {
  const lines = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}
