import assert from "node:assert/strict";
import program from "../../deno.json" with { type: "json" };
import { echoOrigin } from "./proxy_origins.ts";
import { call, proxyTest, refusal } from "./proxy_stage.ts";
import { RawConnection } from "./raw_connection.ts";

proxyTest(
  "a request reaches the backend with our fields, and the answer names both",
  async (stage) => {
    const origin = stage.keep(echoOrigin("one"));
    const server = await stage.startWith({ one: { to: origin } });
    const { seen, response } = await call(server, "/a/b?c=d%20e", {
      method: "PUT",
      headers: {
        "X-Own": "kept",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=203.0.113.9",
        "X-Request-ID": "from-a-stranger",
        "Opsen-Caller": "203.0.113.9",
      },
      body: "some text",
    });
    const { headers } = seen;
    assert.deepEqual([seen.method, seen.target, seen.body], [
      "PUT",
      "/a/b?c=d%20e",
      "some text",
    ]);
    const host = `127.0.0.1:${server.port}`;
    assert.equal(headers["x-own"], "kept");
    assert.equal(headers["host"], host);
    assert.equal(headers["via"], "1.1 opsen");
    assert.equal(headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(headers["x-forwarded-proto"], "http");
    assert.equal(headers["x-forwarded-host"], host);
    assert.match(headers["forwarded"] ?? "", /for=127\.0\.0\.1/);
    assert.match(headers["forwarded"] ?? "", /proto=http/);
    assert.equal(headers["opsen-caller"], undefined);
    assert.match(headers["x-request-id"] ?? "", /^(?!from-a-stranger).+/);
    assert.equal(response.headers.get("x-request-id"), headers["x-request-id"]);
    assert.equal(response.headers.get("x-opsen-backend"), "one");
    assert.equal(response.headers.get("via"), "1.1 opsen");
  },
);

proxyTest(
  "a trusted proxy is believed about the caller, another is not",
  async (stage) => {
    const origin = stage.keep(echoOrigin("one"));
    const claims = {
      "X-Forwarded-For": "203.0.113.9",
      "X-Forwarded-Proto": "https",
      "X-Forwarded-Host": "shop.example",
      "X-Request-ID": "given-by-the-proxy",
    };
    const fieldsWith = async (trusted: readonly string[]) => {
      await using server = await stage.start({ trusted_proxies: trusted });
      await server.post("/register", {
        client_id: "one",
        endpoint_url: origin.url,
      });
      await server.report("one");
      const { seen: { headers }, response } = await call(server, "/", {
        headers: claims,
      });
      assert.equal(
        response.headers.get("x-request-id"),
        headers["x-request-id"],
      );
      return headers;
    };
    const believed = await fieldsWith(["127.0.0.0/8"]);
    assert.equal(believed["x-forwarded-for"], "203.0.113.9, 127.0.0.1");
    assert.equal(believed["x-forwarded-proto"], "https");
    assert.equal(believed["x-forwarded-host"], "shop.example");
    assert.equal(believed["x-request-id"], "given-by-the-proxy");

    const doubted = await fieldsWith(["10.0.0.0/8"]);
    assert.equal(doubted["x-forwarded-for"], "127.0.0.1");
    assert.equal(doubted["x-forwarded-proto"], "http");
    assert.notEqual(doubted["x-forwarded-host"], "shop.example");
    assert.notEqual(doubted["x-request-id"], "given-by-the-proxy");
  },
);

proxyTest(
  "management paths stay here, paths outside of proxy_endpoints are nobody's",
  async (stage) => {
    const origin = stage.keep(echoOrigin("one"));
    const server = await stage.startWith({ one: { to: origin } }, {
      proxy_endpoints: ["/api"],
    });
    assert.equal((await call(server, "/api/x")).seen.backend, "one");
    assert.equal((await server.health()).version, program.version);
    assert.deepEqual([...(await server.clients()).keys()], ["one"]);
    assert.equal((await server.get("/_opsen/livez")).status, 200);
    assert.deepEqual(await refusal(server, "/other"), [404, "unknown_path"]);
    assert.deepEqual(await refusal(server, "/"), [404, "unknown_path"]);
  },
);

proxyTest(
  "management paths stay here also when every path is proxied",
  async (stage) => {
    const origin = stage.keep(echoOrigin("one"));
    const server = await stage.startWith({ one: { to: origin } });
    assert.equal((await call(server, "/")).seen.backend, "one");
    assert.equal((await call(server, "/healthy")).seen.backend, "one");
    assert.equal((await server.health()).status, "healthy");
    assert.equal((await server.get("/_opsen/nothing")).status, 404);
  },
);

proxyTest(
  "pipelined requests are answered in order, whoever answers them",
  async (stage) => {
    const origin = stage.keep(echoOrigin("one"));
    const server = await stage.startWith({ one: { to: origin } });
    using caller = await RawConnection.open(server.port);
    const paths = ["/1", "/health", "/2", "/_opsen/nothing", "/3", "/4"];
    await caller.send(
      paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(""),
    );
    const answers: string[] = [];
    for (const _ of paths) {
      const { status, body } = await caller.answer();
      const { target, status: word } = JSON.parse(body);
      answers.push(`${status} ${target ?? word}`);
    }
    assert.deepEqual(answers, [
      "200 /1",
      "200 healthy",
      "200 /2",
      "404 404",
      "200 /3",
      "200 /4",
    ]);
  },
);
