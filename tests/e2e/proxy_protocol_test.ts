/** Who called, as a real HAProxy says it; and backends that must not be where they are any more. */
import assert from "node:assert/strict";
import { freePort } from "../free_port.ts";
import { toolTest } from "../tools.ts";
import { eventually } from "./eventually.ts";
import { echoOrigin, type Seen } from "./proxy_origins.ts";
import { call, DRIVERS, ProxyStage, refusal } from "./proxy_stage.ts";
import { Wire } from "./proxy_wire.ts";

/** Where HAProxy calls from; this process calls from 127.0.0.1. */
const PROXY_IP = "127.0.0.9";
const BASE = { proxy_protocol: true, trusted_proxies: [PROXY_IP] };
/** A caller that would like to be somebody else. */
const FORGED = { headers: { "x-forwarded-for": "192.0.2.66" } };

for (const driver of DRIVERS) {
  toolTest(
    "haproxy",
    `callers behind HAProxy keep their addresses, in both versions of the protocol (${driver})`,
    async () => {
      await using stage = new ProxyStage(driver);
      const origin = stage.keep(echoOrigin("one"));
      const server = await stage.startWith({ one: { to: origin } }, BASE);
      const folder = stage.home.folder;
      await using proxies = await haproxy(folder, server.port, [
        "send-proxy",
        "send-proxy-v2",
      ]);
      for (const url of [server.url, ...proxies.urls]) {
        const response = await fetch(url, FORGED);
        const seen: Seen = await response.json();
        assert.equal(seen.headers["x-forwarded-for"], "127.0.0.1", url);
      }
      using wire = await Wire.open(server.port);
      await wire.send("PROXY TCP4 192.0.2.66 127.0.0.1 1 2\r\nGET / HTTP/1.1");
      assert.match(await wire.head(), /^HTTP\/1\.1 400 /);
    },
  );

  Deno.test(
    `a backend that may not be where it is any more gets no further request (${driver})`,
    async () => {
      await using stage = new ProxyStage(driver);
      const origin = stage.keep(echoOrigin("one"));
      const server = await stage.startWith({ one: { to: origin } });
      await call(server, "/");
      const reload = async (keys: object) => {
        const yaml = stage.yaml({ rate_limit_per_minute: 0, ...keys });
        await Deno.writeTextFile(`${stage.home.folder}/server.yml`, yaml);
        const { status } = await server.post("/_opsen/config/reload", {});
        assert.equal(status, 200);
      };
      await reload({ endpoint_allow: ["10.0.0.0/8"] });
      assert.deepEqual(await refusal(server, "/"), [
        502,
        "upstream_not_allowed",
      ]);
      await server.process.said(/endpoint_allow: \[\\?"127\.0\.0\.1\\?"\]/);
      await reload({});
      await eventually("requests again", async () => {
        const response = await fetch(server.url);
        await response.body?.cancel();
        return response.status === 200;
      });
    },
  );
}

/** A running HAProxy with one address for each way to announce callers. */
async function haproxy(
  folder: string,
  serverPort: number,
  ways: readonly string[],
): Promise<AsyncDisposable & { readonly urls: readonly string[] }> {
  const places = ways.map((way) => ({ way, port: freePort() }));
  const config = `${folder}/haproxy.cfg`;
  await Deno.writeTextFile(
    config,
    [
      "defaults",
      "  mode tcp",
      "  timeout connect 60s",
      "  timeout client 60s",
      "  timeout server 60s",
      ...places.flatMap(({ way, port }) => [
        `listen ${way}`,
        `  bind 127.0.0.1:${port}`,
        `  server opsen 127.0.0.1:${serverPort} ${way} source ${PROXY_IP}`,
      ]),
      "",
    ].join("\n"),
  );
  const child = new Deno.Command("haproxy", {
    args: ["-db", "-f", config],
    stdout: "null",
    stderr: "null",
  }).spawn();
  for (const { way, port } of places) {
    await eventually(`HAProxy with ${way}`, async () => {
      try {
        using _ = await Deno.connect({ hostname: "127.0.0.1", port });
        return true;
      } catch {
        return false;
      }
    });
  }
  return {
    urls: places.map(({ port }) => `http://127.0.0.1:${port}`),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}
