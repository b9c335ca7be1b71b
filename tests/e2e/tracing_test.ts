import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { echoOrigin } from "./proxy_origins.ts";
import { call, join } from "./proxy_stage.ts";
import { ServerHome } from "./server_home.ts";
import { SpanCollector } from "./span_collector.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const SAMPLED = `00-${TRACE}-${PARENT}-01`;
const UNSAMPLED = `00-${TRACE.replace("0a", "1a")}-${PARENT}-00`;
const OWN_TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])$/;

const YAML = `proxy_endpoints: ["/app"]
decision_log: { entries: 100 }
tracing: { sample_pct: 0 }
`;

Deno.test("traces: a sampled caller's trace goes on through decision and backend, others stay as they are", async () => {
  await using origin = echoOrigin("one");
  await using collector = new SpanCollector();
  await using home = new ServerHome();
  await using server = await home.start(YAML, collector.environment);
  await join(server, "one", { to: origin });

  const { seen } = await call(server, "/app/x?secret=1", {
    headers: { traceparent: SAMPLED, tracestate: "a=b" },
  });
  const [, traceId, upstreamId, flags] =
    OWN_TRACEPARENT.exec(seen.headers.traceparent ?? "") ?? [];
  assert.deepEqual([traceId, flags], [TRACE, "01"]);
  assert.notEqual(upstreamId, PARENT);
  assert.equal(seen.headers.tracestate, "a=b");

  const untouched = await call(server, "/app/y", {
    headers: { traceparent: UNSAMPLED },
  });
  assert.equal(untouched.seen.headers.traceparent, UNSAMPLED);
  const untraced = await call(server, "/app/z");
  assert.equal(untraced.seen.headers.traceparent, undefined);
  const asked = await server.route("small", { traceparent: SAMPLED });
  assert.equal(asked.status, 200);

  await eventually(
    "the spans of both requests to be sent",
    () =>
      Promise.resolve(
        collector.spans.filter(({ kind }) => kind === "server").length >= 2,
      ),
  );
  const proxied = collector.named("GET /app");
  assert.deepEqual(
    [proxied.traceId, proxied.parentSpanId, proxied.kind],
    [TRACE, PARENT, "server"],
  );
  const { attributes } = proxied;
  assert.equal(attributes["url.path"], "/app/x");
  assert.equal(attributes["http.route"], "/app");
  assert.equal(attributes["http.response.status_code"], 200);
  assert.equal(attributes["opsen.backend"], "one");

  const [decide, upstream] = collector.childrenOf(proxied);
  assert.deepEqual(
    [decide?.name, decide?.kind, upstream?.name, upstream?.kind],
    ["opsen.decide", "internal", "upstream", "client"],
  );
  assert.equal(upstream?.spanId, upstreamId);
  const { port } = new URL(origin.url);
  assert.equal(upstream?.attributes["server.address"], "127.0.0.1");
  assert.equal(upstream?.attributes["server.port"], Number(port));
  assert.equal(upstream?.attributes["opsen.attempts"], 1);
  const terms = decide?.attributes ?? {};
  assert.equal(terms["opsen.backend"], "one");
  assert.equal(terms["opsen.result"], "placed");
  assert.equal(terms["opsen.candidates"], 1);
  for (const name of ["score", "term.cpu", "term.memory", "term.distance"]) {
    assert.equal(typeof terms[`opsen.${name}`], "number", name);
  }
  for (const span of [decide, upstream]) {
    assert.ok(span !== undefined);
    assert.ok(span.startNs >= proxied.startNs, span.name);
    assert.ok(span.endNs >= span.startNs, span.name);
    assert.ok(span.endNs <= proxied.endNs, span.name);
  }

  const api = collector.named("POST /route");
  assert.equal(api.traceId, TRACE);
  assert.equal(collector.childrenOf(api)[0]?.name, "opsen.decide");
  assert.ok(collector.spans.every(({ traceId }) => traceId === TRACE));
  const said = collector.spans.flatMap((span) =>
    Object.values(span.attributes)
  );
  assert.ok(said.every((value) => !String(value).includes("secret")));
});
