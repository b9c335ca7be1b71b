import assert from "node:assert/strict";
import { checkEndpoints, endpointsOf } from "../../src/agent/endpoint_check.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { freePort } from "../free_port.ts";

const { signal } = new AbortController();

Deno.test("the endpoints are those configured, each once, else the one the server will derive", () => {
  const rule = (url: string) => ({ url, paths: ["*"] });
  assert.deepEqual(
    endpointsOf({
      endpointUrl: "http://a:1",
      endpoints: [rule("http://b:2"), rule("http://a:1")],
    }, "10.0.0.7"),
    ["http://b:2", "http://a:1"],
  );
  const none = { endpointUrl: "", endpoints: [] };
  assert.deepEqual(endpointsOf(none, "10.0.0.7"), ["http://10.0.0.7:11000"]);
  assert.deepEqual(endpointsOf(none, "fd00::2"), ["http://[fd00::2]:11000"]);
  assert.deepEqual(endpointsOf(none, ""), []);
});

Deno.test("an endpoint where something listens is worth no word", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const logger = new FakeLogger();
  const url = `http://127.0.0.1:${listener.addr.port}/path`;
  await checkEndpoints([url], logger, signal);
  assert.deepEqual(logger.lines, []);
});

Deno.test("endpoints where nothing listens are named in one line", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const logger = new FakeLogger();
  const [first, second] = [freePort(), freePort()].map((port) =>
    `http://127.0.0.1:${port}`
  );
  assert.ok(first && second);
  await checkEndpoints(
    [first, `http://127.0.0.1:${listener.addr.port}`, second],
    logger,
    signal,
  );
  assert.equal(logger.lines.length, 1);
  assert.equal(
    logger.messages("warn")[0],
    `Nothing listens at "${first}", "${second}", where callers are sent: start the service, or set "endpoint_url" to where it is`,
  );
});

Deno.test("who is told to stop says nothing about endpoints", async () => {
  const logger = new FakeLogger();
  await checkEndpoints(
    [`http://127.0.0.1:${freePort()}`],
    logger,
    AbortSignal.abort(),
  );
  assert.deepEqual(logger.lines, []);
});
