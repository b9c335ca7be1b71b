import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import { answered, codeOf, head, OK } from "./exchanges.ts";

Deno.test("an origin that is not understood is answered for, cut off and named in the log", () => {
  const responses = {
    "HTTP/1.1 abc\r\n\r\n": "bad_status_line",
    "SSH-2.0-x\r\n": "bad_status_line",
    "HTTP/1.1 200 OK\r\nX : y\r\n\r\n": "bad_field",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n":
      "bad_content_length",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n":
      "bad_transfer_encoding",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n":
      "unasked_upgrade",
    ["HTTP/1.1 100 Continue\r\n\r\n".repeat(65)]: "too_many_interim_responses",
  };
  for (const [response, fault] of Object.entries(responses)) {
    using world = new EdgeWorld();
    const caller = answered(world, response);
    const at = caller.received.indexOf("HTTP/1.1 502 ");
    assert.equal(codeOf(caller.received.slice(at)), "upstream_malformed");
    assert.equal(caller.fate, "open");
    assert.equal(world.origin.fate, "aborted");
    const line = world.logger.lines.find(({ level }) => level === "warn");
    assert.deepEqual(line?.data, {
      origin: "http://10.0.0.1",
      backend: "b1",
      code: "upstream_malformed",
      fault,
    });
    assert.equal(world.balancer.leaseCount, 0);
  }
});

Deno.test("a body that is malformed from its first chunk on is a 502, as long as nobody saw its head", () => {
  using world = new EdgeWorld();
  const caller = answered(
    world,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  );
  assert.equal(codeOf(caller.received), "upstream_malformed");
  assert.equal(caller.fate, "open");
});

Deno.test("a body that goes wrong after its head was seen is cut off", () => {
  using world = new EdgeWorld();
  const caller = answered(
    world,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
  );
  world.say(world.origin, "zz\r\n");
  assert.ok(caller.received.endsWith("2\r\nok\r\n"));
  assert.equal(caller.fate, "closed");
  assert.equal(world.origin.fate, "aborted");
});

Deno.test("a response that is cut off ends the caller's connection before it could look whole", () => {
  const heads = [
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n",
  ];
  for (const start of heads) {
    for (const how of ["end", "reset"] as const) {
      using world = new EdgeWorld();
      const caller = answered(world, start + "some");
      world[how](world.origin);
      assert.ok(caller.received.endsWith("some"));
      assert.equal(caller.fate, "closed");
      assert.equal(world.balancer.leaseCount, 0);
    }
  }
});

Deno.test("a body without a length that is reset is passed on as a reset to HTTP/1.0, and without its last chunk to HTTP/1.1", () => {
  using world = new EdgeWorld();
  const old = answered(
    world,
    "HTTP/1.1 200 OK\r\n\r\nsome",
    "GET / HTTP/1.0\r\n\r\n",
  );
  world.reset(world.origin);
  assert.equal(old.fate, "aborted");
  const caller = answered(world, "HTTP/1.1 200 OK\r\n\r\nsome");
  world.reset(world.origin);
  assert.ok(caller.received.endsWith("4\r\nsome\r\n"));
  assert.equal(caller.fate, "closed");
});

Deno.test("an origin that ends in the middle of its head is answered for", () => {
  for (const how of ["end", "reset"] as const) {
    using world = new EdgeWorld();
    const caller = answered(world, "HTTP/1.1 200 OK\r\nContent-");
    world[how](world.origin);
    assert.equal(codeOf(caller.received), "upstream_closed");
    assert.equal(caller.fate, "open");
  }
});

Deno.test("what comes after a response is thrown away with its connection", () => {
  using world = new EdgeWorld();
  const caller = answered(world, `${OK}HTTP/1.1 200 OK\r\n\r\nsurplus`);
  assert.ok(caller.received.endsWith("\r\n\r\nok"));
  assert.equal(world.origin.fate, "closed");
  world.say(caller, head("GET /next"));
  assert.equal(world.connections.length, 2);
});

Deno.test("a head and body are the same to the caller wherever their octets are split", () => {
  const response =
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\nX: 1\r\n\r\n";
  const seen = new Set<string>();
  for (let cut = 1; cut < response.length; cut++) {
    using world = new EdgeWorld();
    const caller = answered(world, response.slice(0, cut));
    world.say(world.origin, response.slice(cut));
    seen.add(caller.received);
    assert.equal(world.origin.fate, "open");
  }
  assert.equal(seen.size, 1);
});

Deno.test("a request that goes wrong while it is answered already cuts the answer off", () => {
  using world = new EdgeWorld();
  const upload = head(
    "POST /",
    "Transfer-Encoding: chunked",
    "Content-Type: image/png",
  );
  const caller = answered(
    world,
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome",
    upload,
  );
  world.say(caller, "zz\r\n");
  assert.ok(caller.received.endsWith("\r\n\r\nsome"));
  assert.deepEqual([caller.fate, world.origin.fate], ["closed", "aborted"]);
});

Deno.test("interim responses are counted for each request by itself", () => {
  using world = new EdgeWorld();
  for (let i = 0; i < 3; i++) {
    const hints = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(60);
    const { received } = answered(world, hints + OK);
    assert.ok(received.endsWith("\r\n\r\nok"));
  }
  assert.equal(world.connections.length, 1);
});

Deno.test("what a backend is to blame for is logged once in a while, with how often it went unsaid", () => {
  using world = new EdgeWorld();
  const fail = () => {
    const caller = answered(world, "nonsense\r\n\r\n");
    assert.equal(codeOf(caller.received), "upstream_malformed");
  };
  for (let i = 0; i < 3; i++) fail();
  world.pass(10_001);
  fail();
  const said = world.logger.lines.filter(({ level }) => level === "warn");
  assert.deepEqual(
    said.map(({ message, data }) => [message, data?.code, data?.unsaidBefore]),
    [
      ["A backend failed a request", "upstream_malformed", undefined],
      ["A backend failed a request", "upstream_malformed", 2],
    ],
  );
});
