import assert from "node:assert/strict";
import { createLogger } from "../../src/log/create_logger.ts";
import { startServer } from "../../src/server.ts";
import { introduceBackends } from "../bench/proxy/opsen_fleet.ts";
import { serverConfig } from "../config/load_text.ts";
import { eventually } from "../e2e/eventually.ts";
import { httpOrigin } from "../e2e/proxy_origins.ts";
import { MemoryStream } from "./memory_stream.ts";

/** What a line says of a request, as far as it is the same each time. */
interface Line {
  readonly level: string;
  readonly module: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function configText(driver: string, accessLog: string): string {
  return [
    "host: 127.0.0.1",
    "port: 0",
    "log_level: error",
    "sticky_header: X-Session-ID",
    'proxy_endpoints: ["/"]',
    `edge_driver: ${driver}`,
    `access_log: ${accessLog}`,
    "",
  ].join("\n");
}

for (const driver of ["epoll", "deno"]) {
  Deno.test(`a server's requests are in its access log as its configuration wants it (${driver})`, async () => {
    await using origin = httpOrigin(async (request) => {
      const { length } = await request.text();
      const { pathname } = new URL(request.url);
      return new Response("x".repeat(length), {
        status: pathname === "/fails" ? 500 : 200,
      });
    });
    const stream = new MemoryStream();
    await using logger = createLogger({ level: "error", json: true, stream });
    const config = await serverConfig(configText(driver, "errors"));
    await using server = await startServer(config, {
      ...{ logger, databasePath: ":memory:" },
    });
    const url = `http://127.0.0.1:${server.address.port}`;
    await introduceBackends(url, [origin.port]);
    const lines = () =>
      stream.lines.map((line): Line => JSON.parse(line))
        .filter(({ module }) => module === "access");
    const seen = (count: number) =>
      eventually(
        `${count} lines`,
        () => Promise.resolve(lines().length >= count),
      );
    const ask = async (target: string) => {
      const response = await fetch(url + target, {
        method: "POST",
        body: "hello",
      });
      await response.text();
      return response.headers.get("x-request-id");
    };

    await ask("/quiet?key=sesame");
    const id = await ask("/fails?key=sesame");
    await seen(1);
    (await server.prepare(await serverConfig(configText(driver, "all"))))
      .apply();
    await ask("/told");
    await seen(2);

    const [failed, told, ...others] = lines();
    assert.deepEqual(others, []);
    assert.equal(failed?.level, "warn");
    const { totalMs, decisionMs, connectMs, firstByteMs, ...data } =
      failed.data;
    assert.deepEqual(data, {
      requestId: id,
      caller: "127.0.0.1",
      method: "POST",
      target: "/fails?…",
      status: 500,
      end: "complete",
      tier: "lite",
      backend: "bench-0",
      attempts: 1,
      bytesIn: 5,
      bytesOut: 5,
    });
    for (const ms of [totalMs, decisionMs, connectMs, firstByteMs]) {
      assert.ok(typeof ms === "number" && ms >= 0);
    }
    assert.deepEqual([told?.level, told?.data["target"]], ["info", "/told"]);

    const route = async (tier: string) => {
      const response = await fetch(`${url}/route`, {
        method: "POST",
        headers: { "x-session-id": "alice" },
        body: JSON.stringify({ tier }),
      });
      await response.text();
    };
    await route("lite");
    await route("gpu-training");
    await seen(4);
    const [placed, refused] = lines().slice(2).map(({ data }) => data);
    assert.deepEqual(decisionIn(placed), {
      status: 200,
      tier: "lite",
      backend: "bench-0",
      stickiness: "assigned",
    });
    assert.deepEqual(decisionIn(refused), {
      status: 503,
      tier: "gpu-training",
      code: "no_capacity",
    });
    assert.doesNotMatch(stream.text, /sesame/);
  });
}

/** What a line says of a decision. */
function decisionIn(data: Line["data"] = {}): Line["data"] {
  const wanted = ["status", "tier", "backend", "code", "stickiness"];
  return Object.fromEntries(
    Object.entries(data).filter(([name]) => wanted.includes(name)),
  );
}
