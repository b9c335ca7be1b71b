import assert from "node:assert/strict";
import { startServer } from "../../src/server.ts";
import { serverConfig } from "../config/load_text.ts";
import { registerMessage, statsMessage } from "../e2e/machine_messages.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { toolTest } from "../tools.ts";
import { valueOf } from "./page_lines.ts";

const HERE = "host: 127.0.0.1\nport: 0\n";
const OPENMETRICS = "application/openmetrics-text";

/** A server in this isolate, and what is asked of it. */
async function serverWith(keys: string) {
  const config = await serverConfig(HERE + keys);
  const server = await startServer(config, {
    logger: new FakeLogger(),
    databasePath: ":memory:",
  });
  const url = `http://127.0.0.1:${server.address.port}`;
  async function ask(
    path: string,
    message?: object,
    headers: Record<string, string> = {},
  ): Promise<Response & { readonly words: string }> {
    const response = await fetch(`${url}${path}`, {
      headers: { "content-type": "application/json", ...headers },
      ...(message !== undefined && {
        method: "POST",
        body: JSON.stringify(message),
      }),
    });
    return Object.assign(response, { words: await response.text() });
  }
  async function join(id: string, endpoint?: string): Promise<void> {
    const told = {
      ...registerMessage(id),
      ...(endpoint !== undefined && { endpoint_url: endpoint }),
    };
    assert.equal((await ask("/register", told)).status, 200);
    assert.equal((await ask("/stats", statsMessage(id))).status, 200);
  }
  const page = async (accept = "") =>
    (await ask("/_opsen/metrics", undefined, { accept })).words;
  return {
    server,
    ask,
    join,
    page,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

Deno.test("decisions, refusals and problems of a server are on its page", async () => {
  await using home = await serverWith(
    "tiers: [{name: s, vcpu: 1, memory_gb: 1}, {name: huge, vcpu: 999, memory_gb: 1}]\n",
  );
  await home.join("b1");
  for (const tier of ["s", "s", "huge", "nobody's"]) {
    await home.ask("/route", { tier });
  }
  await home.ask("/nowhere");
  const page = await home.page();
  const decisions = (result: string, tier: string, reason = "") =>
    valueOf(
      page,
      `opsen_decisions_total{result="${result}",tier="${tier}",reason="${reason}"}`,
    );
  assert.equal(decisions("placed", "s"), 2);
  assert.equal(decisions("refused", "huge", "cores"), 1);
  assert.equal(decisions("unknown_tier", "other"), 1);
  const problems = (code: string) =>
    valueOf(page, `opsen_problems_total{by="api",code="${code}"}`);
  assert.equal(problems("no_capacity"), 1);
  assert.equal(problems("unknown_tier"), 1);
  assert.equal(problems("unknown_path"), 1);
  assert.equal(valueOf(page, 'opsen_leases{tier="s"}'), 2);
  assert.equal(valueOf(page, 'opsen_backend_state{backend="b1"}'), 0);
  assert.equal(
    valueOf(page, 'opsen_decision_duration_seconds_count{source="route"}'),
    4,
  );
  // The scrape itself is in flight, on a connection of its own or a kept one.
  assert.equal(valueOf(page, "opsen_requests_in_flight"), 1);
  assert.ok(valueOf(page, "opsen_connections")! >= 1);
  assert.ok(valueOf(page, "process_resident_memory_bytes")! > 10e6);
});

Deno.test("proxied requests are counted with the way that they took", async () => {
  await using origin = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) =>
      new Response(request.url.endsWith("/bad") ? "no" : "yes", {
        status: request.url.endsWith("/bad") ? 500 : 200,
      }),
  );
  await using home = await serverWith(
    "proxy_endpoints: [/]\ntiers: [{name: lite, vcpu: 1, memory_gb: 1}]\n",
  );
  await home.join("b1", `http://127.0.0.1:${origin.addr.port}`);
  for (const path of ["/app/a", "/app/b", "/app/bad"]) {
    await home.ask(path);
  }
  const page = await home.page();
  const value = (series: string) => valueOf(page, series);
  assert.equal(value('opsen_requests_total{kind="proxied",code="2xx"}'), 2);
  assert.equal(value('opsen_requests_total{kind="proxied",code="5xx"}'), 1);
  assert.equal(value("opsen_upstream_first_byte_seconds_count"), 3);
  assert.equal(
    value("opsen_upstream_connect_seconds_count")! +
      value("opsen_upstream_reused_total")!,
    3,
  );
  assert.equal(
    value('opsen_decision_duration_seconds_count{source="proxy"}'),
    3,
  );
  assert.ok(value("opsen_upstream_connections")! >= 1);
});

Deno.test("a key with the scope read sees the page, and keys that are turned away are counted", async () => {
  await using home = await serverWith(
    "api_keys: [{key: sesame, scopes: [read]}, {key: other, scopes: [route]}]\n",
  );
  const as = (key: string) =>
    home.ask("/_opsen/metrics", undefined, { "x-api-key": key });
  const statuses: number[] = [];
  for (const key of ["wrong", "other", "sesame"]) {
    statuses.push((await as(key)).status);
  }
  assert.deepEqual(statuses, [403, 403, 200]);
  const { words, headers } = await as("sesame");
  assert.equal(headers.get("cache-control"), "no-store");
  const counted = (code: string) =>
    ["edge", "api"].reduce(
      (sum, by) =>
        sum +
        (valueOf(words, `opsen_problems_total{by="${by}",code="${code}"}`) ??
          0),
      0,
    );
  assert.equal(counted("wrong_key"), 1);
  assert.equal(counted("missing_scope"), 1);
});

Deno.test("the page goes and comes with metrics.enabled while the server runs", async () => {
  await using home = await serverWith("metrics: {enabled: false}\n");
  const off = await home.ask("/_opsen/metrics");
  assert.equal(off.status, 404);
  assert.match(off.words, /metrics\.enabled is false/);
  (await home.server.prepare(await serverConfig(HERE))).apply();
  assert.equal((await home.ask("/_opsen/metrics")).status, 200);
});

Deno.test("a scrape that came before the server stops gets its whole page", async () => {
  const home = await serverWith("");
  const { port } = home.server.address;
  for (let index = 0; index < 20; index++) await home.join(`b${index}`);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(
    new TextEncoder().encode("GET /_opsen/metrics HTTP/1.1\r\nHost: a\r\n\r\n"),
  );
  const stopped = home.server[Symbol.asyncDispose]();
  const page = await new Response(connection.readable).text();
  await stopped;
  assert.match(page, /^HTTP\/1\.1 200 /);
  assert.equal(valueOf(page, 'opsen_backends{state="in_service"}'), 20);
  assert.match(page, /opsen_metrics_families_left_out 0\n/);
});

toolTest(
  "promtool",
  "Prometheus' own checker finds nothing in the page",
  async () => {
    await using home = await serverWith(
      "metrics: {per_core: true}\nqueue: {enabled: true}\n",
    );
    await home.join("b1");
    await home.ask("/route", { tier: "small" });
    await promtool(["check", "metrics"], await home.page());
    // Reading it into a database is the only way in which promtool takes OpenMetrics; there samples want an instant.
    const openmetrics = await home.page(OPENMETRICS);
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/page`;
      await Deno.writeTextFile(
        path,
        openmetrics.replaceAll(/^([^#].*)$/gm, "$1 1700000000"),
      );
      const args = ["tsdb", "create-blocks-from", "openmetrics", path];
      await promtool([...args, `${folder}/blocks`], "");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

async function promtool(
  args: readonly string[],
  input: string,
): Promise<void> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const said = new TextDecoder();
  assert.ok(success, said.decode(stdout) + said.decode(stderr));
  assert.equal(args[0] === "check" ? said.decode(stderr) : "", "");
}
