import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { eventually } from "./eventually.ts";
import { registerMessage } from "./machine_messages.ts";
import { RawConnection, rawRequest } from "./raw_connection.ts";
import { ServerHome } from "./server_home.ts";

const BODY = JSON.stringify(registerMessage("slow"));
const HALF = BODY.length / 2 | 0;

Deno.test("SIGTERM lets a slow registration end, stores it, and turns newcomers away", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  using idle = await RawConnection.open(server.port);
  await idle.send("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  assert.equal((await idle.answer()).status, 200);
  using slow = await startSlowly(server.port);

  server.process.kill("SIGTERM");
  await server.process.said(/Stopping/);
  await idle.send("GET /_opsen/readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const { status: readiness, headers } = await idle.answer();
  assert.deepEqual([readiness, headers.get("connection")], [503, "close"]);
  await eventually("newcomers are refused", async () => {
    try {
      using _newcomer = await RawConnection.open(server.port);
      return false;
    } catch (error) {
      assert.ok(error instanceof Deno.errors.ConnectionRefused);
      return true;
    }
  });
  await slow.send(BODY.slice(HALF));
  const { status, body } = await slow.answer();
  assert.deepEqual(
    [status, JSON.parse(body)],
    [200, { status: "registered" }],
  );

  const { code, signal, stdout, stderr } = await server.process.ended();
  assert.deepEqual([code, signal], [0, null]);
  assert.doesNotMatch(stdout + stderr, /WARN.*cut off|ERROR/);
  using database = new DatabaseSync(home.databasePath);
  assert.deepEqual(
    database.prepare("SELECT client_id AS id FROM clients").all()
      .map(({ id }) => id),
    ["slow"],
  );
});

Deno.test("a second SIGTERM ends the server at once, whatever is in flight", async () => {
  await using home = new ServerHome();
  await using server = await home.start();
  await server.join("known");
  using slow = await startSlowly(server.port);

  server.process.kill("SIGTERM");
  await server.process.said(/Stopping/);
  server.process.kill("SIGTERM");
  const { code, signal, stdout, stderr } = await server.process.ended();
  assert.deepEqual([code, signal], [130, null]);
  assert.doesNotMatch(stdout + stderr, /cut off|ERROR/);
  await assert.rejects(async () => await slow.answer());

  await using next = await home.start();
  assert.deepEqual([...(await next.clients()).keys()], ["known"]);
});

Deno.test("what is still in flight at shutdown_timeout_seconds is cut off, and said so", async () => {
  await using home = new ServerHome();
  await using server = await home.start("shutdown_timeout_seconds: 1\n");
  using slow = await startSlowly(server.port);
  server.process.kill("SIGINT");
  const { code, stdout, stderr } = await server.process.ended();
  assert.equal(code, 0);
  assert.match(
    stdout + stderr,
    /WARN .*in flight at shutdown_timeout_seconds were cut off/,
  );
  await assert.rejects(async () => await slow.answer());
});

/** Half a registration, of which the server is known to have begun to read the body (RFC 9110, section 10.1.1). */
async function startSlowly(port: number): Promise<RawConnection> {
  const connection = await RawConnection.open(port);
  const request = rawRequest("/register", BODY, { Expect: "100-continue" });
  await connection.send(request.slice(0, -BODY.length));
  assert.equal((await connection.answer()).status, 100);
  await connection.send(BODY.slice(0, HALF));
  return connection;
}
