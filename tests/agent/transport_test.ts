import assert from "node:assert/strict";
import { FetchTransport } from "../../src/agent/fetch_transport.ts";
import { openTransport } from "../../src/agent/open_transport.ts";
import { urlOf } from "../../src/agent/transport.ts";
import { UncheckedTransport } from "../../src/agent/unchecked_transport.ts";
import { fixture } from "../collect/trees.ts";
import { FakeServer } from "./fake_server.ts";
import { transportContract } from "./transport_contract.ts";

const TLS = {
  cert: Deno.readTextFileSync(`${fixture("self_signed")}/cert.pem`),
  key: Deno.readTextFileSync(`${fixture("self_signed")}/key.pem`),
};

const NO_FILES = { serverCaFile: "", tlsCertFile: "", tlsKeyFile: "" };

transportContract({
  name: "fetch",
  scheme: "http",
  open: (options) => new FetchTransport(options),
  serve: (reply) => new FakeServer(reply),
});

transportContract({
  name: "unchecked TLS",
  scheme: "https",
  open: (options) => new UncheckedTransport(options),
  serve: (reply) => new FakeServer(reply, TLS),
});

Deno.test("a certificate that nobody vouches for is refused, unless it is asked for", async () => {
  await using server = new FakeServer(() => 200, TLS);
  const { signal } = new AbortController();
  for (const insecureTls of [false, true]) {
    using transport = await openTransport({
      serverUrl: server.url,
      serverKey: "",
      ...NO_FILES,
      insecureTls,
    });
    const answer = await transport.post("/stats", {}, signal);
    assert.equal(answer.kind, insecureTls ? "answered" : "unanswered");
    if (answer.kind === "unanswered") {
      assert.match(answer.reason, /certificate/);
    }
  }
});

Deno.test("without TLS there is no certificate to take", async () => {
  using transport = await openTransport({
    serverUrl: "http://127.0.0.1:1",
    serverKey: "",
    ...NO_FILES,
    insecureTls: true,
  });
  assert.ok(transport instanceof FetchTransport);
});

Deno.test("paths go below the server's own", () => {
  const urls = ["http://h", "http://h/", "http://h:1/a/b//", "http://h/a?q#f"]
    .map((url) => urlOf(url, "/stats").href);
  assert.deepEqual(urls, [
    "http://h/stats",
    "http://h/stats",
    "http://h:1/a/b/stats",
    "http://h/a/stats",
  ]);
});

Deno.test("a reason is the same each time, so that it is said once", async () => {
  const broken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closing = (async () => {
    for await (const connection of broken) connection.close();
  })();
  using transport = new FetchTransport({
    serverUrl: `http://127.0.0.1:${broken.addr.port}`,
    serverKey: "",
  });
  const reasons = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const answer = await transport.post(
      "/stats",
      {},
      new AbortController().signal,
    );
    reasons.add(answer.kind === "unanswered" ? answer.reason : "answered");
  }
  broken.close();
  await closing;
  const [reason = "", ...others] = reasons;
  assert.deepEqual(others, []);
  assert.doesNotMatch(reason, /127\.0\.0\.1|fetch failed/);
});
