import assert from "node:assert/strict";
import { freePort } from "../free_port.ts";
import { eventually } from "./eventually.ts";
import { type OpsenProcess, startOpsen } from "./opsen_process.ts";

const UUID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Sums of sizes in GB, which are fractions, hold up to this. */
const GB_ROUNDING = 1e-9;
/** A new backend is to be routable within 5 s; the rest is for a machine that is busy with other tests. */
const FIRST_REPORT_MS_MAX = 10_000;
/** A service manager is promised 2 s; the rest is for a machine that is busy with other tests. */
const STOP_MS_MAX = 4000;

/** One message as it arrived. */
interface Received {
  readonly path: string;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

Deno.test("a client registers with the documented fields, reports, and reports a last time when it is asked to end", async () => {
  using folder = new StateFolder();
  await using server = new ReceivingServer(() => 200);
  const startedAt = performance.now();
  await using client = await startClient(server, folder, [
    ...["--server-key", "sesame-of-the-fleet", "--hostname", "rack-7"],
    ...["--endpoint-url", "http://127.0.0.1:1", "--window-minutes", "1"],
  ]);
  await server.receives("/stats", 1);
  assert.ok(performance.now() - startedAt < FIRST_REPORT_MS_MAX);

  const [register, stats] = server.received;
  assert.ok(register !== undefined && stats !== undefined);
  assert.deepEqual([register.path, stats.path], ["/register", "/stats"]);
  for (const { headers } of [register, stats]) {
    assert.equal(headers.get("x-api-key"), "sesame-of-the-fleet");
    assert.equal(headers.get("content-type"), "application/json");
  }
  assert.match(String(register.body.client_id), UUID);
  assert.deepEqual(fieldsOf(register.body), [
    ...["city", "client_id", "country", "draining", "endpoint_url"],
    ...["hostname", "instance", "latitude", "local_ip", "longitude"],
    ...["public_ip", "total_cpu"],
    ...["total_memory_gb", "total_storage_gb"],
  ]);
  assert.equal(register.body.hostname, "rack-7");
  assert.equal(register.body.endpoint_url, "http://127.0.0.1:1");
  assert.ok(Number.isInteger(register.body.total_cpu));

  assert.equal(stats.body.client_id, register.body.client_id);
  assert.equal(stats.body.memory_total_gb, register.body.total_memory_gb);
  assert.equal(stats.body.disk_total_gb, register.body.total_storage_gb);
  assertReport(stats.body);

  await client.said(/WARN .*Nothing listens at "http:\/\/127\.0\.0\.1:1"/);
  const stoppedMs = await stopTimeMs(client);
  assert.ok(stoppedMs < STOP_MS_MAX, `${stoppedMs} ms`);
  assert.deepEqual(server.paths, ["/register", "/stats", "/stats"]);
  const last = server.received[2]?.body;
  assert.ok(last !== undefined);
  assert.deepEqual(
    server.received.map(({ body }) => [body.draining, body.instance]),
    [false, false, true].map((draining) => [draining, last.instance]),
  );
  assertReport(last);
  assert.ok(String(last.timestamp) > String(stats.body.timestamp));
  const { stdout, stderr } = await client.ended();
  assert.doesNotMatch(stdout + stderr, /sesame-of-the-fleet|ERROR/);
});

Deno.test("a client has the same id after a restart, and another one in another folder", async () => {
  using folder = new StateFolder();
  using elsewhere = new StateFolder();
  await using server = new ReceivingServer(() => 200);
  for (const [index, place] of [folder, folder, elsewhere].entries()) {
    await using _client = await startClient(server, place);
    await server.receives("/register", index + 1);
  }
  const [first, second, other] = server.received
    .filter(({ path }) => path === "/register")
    .map(({ body }) => body.client_id);
  assert.equal(second, first);
  assert.notEqual(other, first);
});

Deno.test("a server that has stopped answering does not keep a client from ending, and the lost report is said", async () => {
  using folder = new StateFolder();
  await using server = new ReceivingServer((path, count) =>
    path === "/stats" && count > 1 ? "hang" : 200
  );
  await using client = await startClient(server, folder);
  await server.receives("/stats", 1);
  const stoppedMs = await stopTimeMs(client);
  assert.ok(stoppedMs < STOP_MS_MAX, `${stoppedMs} ms`);
  const { stdout, stderr } = await client.ended();
  assert.match(stdout + stderr, /WARN .*did not take the last report in time/);
  assert.doesNotMatch(stdout + stderr, /\n +at /);
});

Deno.test("a client that waits for its registration ends when it is asked to, without a report", async () => {
  using folder = new StateFolder();
  await using server = new ReceivingServer(() => "hang");
  await using client = await startClient(server, folder);
  await server.receives("/register", 1);
  const stoppedMs = await stopTimeMs(client);
  assert.ok(stoppedMs < STOP_MS_MAX, `${stoppedMs} ms`);
  assert.deepEqual(server.paths, ["/register"]);
});

Deno.test("a server that does not know the client any more gets its registration again, and the report", async () => {
  using folder = new StateFolder();
  await using server = new ReceivingServer((path, count) =>
    path === "/stats" && count === 1 ? 404 : 200
  );
  await using client = await startClient(server, folder);
  await server.receives("/stats", 2);
  assert.deepEqual(server.paths.slice(0, 4), [
    ...["/register", "/stats", "/register", "/stats"],
  ]);
  const ids = new Set(server.received.map(({ body }) => body.client_id));
  assert.equal(ids.size, 1);
  await client.said(/INFO .*does not know this client/);
});

Deno.test("a server that is not there yet, or not ready, is tried until it takes the registration", async () => {
  using folder = new StateFolder();
  const port = freePort();
  await using client = await startClient({ port }, folder);
  await client.said(/WARN .*Cannot register at "http:.*: .*refused/i);
  await using server = new ReceivingServer(
    (path, count) => path === "/register" && count === 1 ? 503 : 200,
    port,
  );
  await server.receives("/stats", 1);
  assert.deepEqual(server.paths, ["/register", "/register", "/stats"]);
  await client.said(/WARN .*Cannot register at "http:.*": it answered 503/);
  await client.said(/INFO .*takes messages again/);
});

/** What holds for every report of a real machine. */
function assertReport(body: Readonly<Record<string, unknown>>): void {
  assert.deepEqual(fieldsOf(body), [
    ...["city", "client_id", "country", "cpu_cores", "cpu_usage_avg"],
    ...["disk_avail_gb", "disk_total_gb", "disk_used_gb", "draining"],
    ...["hostname", "instance", "latitude", "longitude"],
    ...["memory_avail_gb", "memory_total_gb", "memory_used_gb"],
    ...["public_ip", "short_window", "timestamp"],
    ...["window_filled_seconds", "window_seconds"],
  ]);
  const uses = body.cpu_usage_avg;
  assert.ok(Array.isArray(uses) && uses.length > 0);
  assert.equal(body.cpu_cores, uses.length);
  assert.ok(uses.every((use) => use >= 0 && use <= 100), String(uses));
  for (const room of ["memory", "disk"]) {
    const [total, used, available] = ["total", "used", "avail"]
      .map((part) => Number(body[`${room}_${part}_gb`]));
    assert.ok(total !== undefined && used !== undefined);
    assert.ok(total > 0 && used >= 0 && (available ?? -1) >= 0, room);
    assert.ok(Math.abs(used + (available ?? 0) - total) < GB_ROUNDING, room);
  }
  assert.ok(Number(body.window_filled_seconds) >= 3);
  assert.ok(Number(body.window_filled_seconds) <= Number(body.window_seconds));
  assert.match(String(body.timestamp), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
}

/** Names of the fields, without those that only a machine with GPUs sends. */
function fieldsOf(body: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(body).filter((name) => !/gpu/.test(name)).toSorted();
}

/** How long a client takes to end after SIGTERM, milliseconds; it must end with 0. */
async function stopTimeMs(client: OpsenProcess): Promise<number> {
  const askedAt = performance.now();
  client.kill("SIGTERM");
  const { code, signal, stdout, stderr } = await client.ended();
  assert.deepEqual([code, signal], [0, null], stdout + stderr);
  return performance.now() - askedAt;
}

function startClient(
  server: { readonly port: number },
  folder: StateFolder,
  flags: readonly string[] = [],
): Promise<OpsenProcess> {
  return startOpsen([
    ...["client", "--server-url", `http://127.0.0.1:${server.port}`],
    ...["--state-dir", folder.path, ...flags],
  ]);
}

/** A folder that is removed at the end. */
class StateFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "opsen-e2e-" });

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** The status for the n-th message (1 is the first) to a path, or no answer. */
type Reply = (path: string, count: number) => number | "hang";

/** A server in this process that keeps what it is told and answers as a test wants. */
class ReceivingServer implements AsyncDisposable {
  /** All messages, oldest first. */
  readonly received: Received[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #released = Promise.withResolvers<void>();

  constructor(reply: Reply, port = 0) {
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port,
      onListen: () => {},
    }, async (request) => {
      const path = new URL(request.url).pathname;
      const body = await request.json();
      this.received.push({ path, headers: request.headers, body });
      const status = reply(path, this.#countOf(path));
      if (status === "hang") {
        await this.#released.promise;
        return new Response();
      }
      return new Response("{}", { status });
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** The paths of all messages, oldest first. */
  get paths(): string[] {
    return this.received.map(({ path }) => path);
  }

  /** Settles when so many messages to a path have come. */
  async receives(path: string, count: number): Promise<void> {
    await eventually(
      `message ${count} to "${path}"`,
      () => Promise.resolve(this.#countOf(path) >= count),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#released.resolve();
    await this.#server.shutdown();
  }

  #countOf(path: string): number {
    return this.paths.filter((other) => other === path).length;
  }
}
