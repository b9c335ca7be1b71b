import assert from "node:assert/strict";
import { readRequest } from "./readings.ts";
import { read, refused, sends } from "./small_requests.ts";

Deno.test("HTTP/1.1 keeps the connection unless told to close, HTTP/1.0 closes unless told to keep it", () => {
  for (
    const [version, connection, keeps] of [
      ["1.1", "", true],
      ["1.1", "close", false],
      ["1.1", "CLOSE", false],
      ["1.1", "keep-alive, close", false],
      ["1.1", "x-close", true],
      ["1.0", "", false],
      ["1.0", "Keep-Alive", true],
      ["1.0", "keep-alive, close", false],
    ] as const
  ) {
    const reading = read([`Connection: ${connection}`], version);
    assert.equal(reading.keepAlive, keeps, `${version} ${connection}`);
    assert.ok(!sends(reading, "Connection"));
  }
  const twoLines = ["Connection: close", "Connection: keep-alive"];
  assert.equal(read(twoLines).keepAlive, false);
  assert.equal(read(["Proxy-Connection: close"]).keepAlive, true);
});

Deno.test("fields of the connection are not sent on, nor those that Connection nominates on any line", () => {
  const reading = read([
    "Connection: x-a",
    "connection: X-B",
    "X-A: 1",
    "x-b: 2",
    "X-C: 3",
    "Keep-Alive: timeout=5",
    "Proxy-Connection: keep-alive",
    "TE: gzip",
    "Upgrade: x",
    "HTTP2-Settings: AAMA",
  ]);
  assert.deepEqual(reading.sent, [["Host", "a"], ["X-C", "3"]]);
});

Deno.test("Connection can take away neither the host nor the framing nor what is told of the caller", () => {
  const reading = read([
    "Connection: host, Content-Length, x-forwarded-for, via, x-a",
    "Content-Length: 5",
    "X-Forwarded-For: 10.0.0.1",
    "Via: 1.1 x",
    "X-A: 1",
  ]);
  assert.equal(reading.contentLength, 5);
  assert.deepEqual(reading.sent, [
    ["Host", "a"],
    ["Content-Length", "5"],
    ["X-Forwarded-For", "10.0.0.1"],
    ["Via", "1.1 x"],
  ]);
  const chunked = read([
    "Connection: transfer-encoding",
    "Transfer-Encoding: chunked",
  ]);
  assert.ok(chunked.isChunked);
});

Deno.test("a Connection that is no list of tokens is refused", () => {
  refused("bad_connection", ["Connection: a b"]);
  refused("bad_connection", ["Connection: close", "Connection: @"]);
});

Deno.test("an upgrade is asked for with both fields, in HTTP/1.1", () => {
  const asked = ["Connection: x, Upgrade", "Upgrade: websocket"];
  assert.equal(read(asked).upgrade, "websocket");
  assert.equal(read(asked.toReversed()).upgrade, "websocket");
  assert.equal(read(asked, "1.0").upgrade, undefined);
  assert.equal(read(["Connection: upgrade"]).upgrade, undefined);
  assert.equal(read(["Upgrade: websocket"]).upgrade, undefined);
  refused("bad_connection", [...asked, "Upgrade: websocket"]);
});

Deno.test("an upgrade to HTTP/2 is passed over, hidden in a list or not", () => {
  for (
    const value of [
      "h2c",
      "H2C",
      "h2",
      "HTTP/2.0",
      "http/2",
      "websocket, h2c",
      "h2c,websocket",
      ",\th2c\t,",
    ]
  ) {
    const reading = read([
      "Connection: Upgrade, HTTP2-Settings",
      `Upgrade: ${value}`,
      "HTTP2-Settings: AAMA",
    ]);
    assert.equal(reading.upgrade, undefined, value);
    assert.deepEqual(reading.sent, [["Host", "a"]]);
  }
});

Deno.test("trailers are taken when TE says so", () => {
  assert.ok(read(["TE: trailers"]).takesTrailers);
  assert.ok(read(["TE: gzip;q=0.1, Trailers"]).takesTrailers);
  assert.ok(read(["TE: trailers", "TE: gzip"]).takesTrailers);
  assert.ok(!read(["TE: gzip"]).takesTrailers);
  assert.ok(!read().takesTrailers);
});

Deno.test("100-continue is expected in HTTP/1.1 only, where the expectation is sent on", () => {
  const expect = ["Expect: 100-Continue"];
  assert.ok(read(expect).expectsContinue);
  assert.ok(sends(read(expect), "Expect"));
  assert.ok(!read(expect, "1.0").expectsContinue);
  assert.ok(!sends(read(expect, "1.0"), "Expect"));
  assert.ok(!read(["Expect: foo"]).expectsContinue);
  for (const order of [["foo", "100-continue"], ["100-continue", "foo"]]) {
    assert.ok(read(order.map((value) => `Expect: ${value}`)).expectsContinue);
  }
});

Deno.test("HTTP/1.1 needs exactly one host, HTTP/1.0 at most one", () => {
  assert.equal(readRequest("GET / HTTP/1.1\r\n\r\n").verdict, "bad_host");
  const old = readRequest("GET / HTTP/1.0\r\n\r\n");
  assert.ok("host" in old);
  assert.equal(old.host, undefined);
  for (const version of ["1.0", "1.1"] as const) {
    refused("bad_host", ["Host: a"], version);
    refused("bad_host", ["hOST: evil"], version);
    const bad = `GET / HTTP/${version}\r\nHost: a b\r\n\r\n`;
    assert.equal(readRequest(bad).verdict, "bad_host");
  }
  assert.equal(read().host, "a");
});

Deno.test("the first Content-Type is the one that counts", () => {
  const reading = read(["Content-Type: a/b", "content-type: c/d"]);
  assert.equal(reading.contentType, "a/b");
  assert.equal(read().contentType, undefined);
});

Deno.test("fields of the same name are sent on as they came, in order", () => {
  const lines = ["Cookie: a", "x: 1", "Cookie: b", "X_Y: \xe9", "X: 2"];
  assert.deepEqual(
    read(lines).sent.map(([name, value]) => `${name}: ${value}`),
    ["Host: a", ...lines],
  );
});
