/** What becomes of a body before a handler sees it. */
import assert from "node:assert/strict";
import { registered, reported } from "../engine/machines.ts";
import { ApiHome, read } from "./api_home.ts";

const ASK = '{"tier":"small"}';

for (
  const type of [
    undefined,
    "application/json",
    "Application/JSON; charset=UTF-8",
    'application/json;charset="utf-8"',
    "application/json; profile=x; charset=utf8",
    "application/json; charset=us-ascii",
    "application/vnd.opsen.v1+json",
    "text/plain",
    "text/plain;charset=UTF-8",
  ]
) {
  Deno.test(`an ask of type ${type} is read`, async () => {
    assert.equal((await sent(ASK, type))[0], 200);
    assert.equal((await sent(` \r\n\t${ASK} `, type))[0], 200);
  });
}

for (
  const [type, body] of [
    ["application/x-www-form-urlencoded", ASK],
    ["multipart/form-data; boundary=a", ASK],
    ["application/xml", ASK],
    ["application/jsonp", ASK],
    ["text/html", ASK],
    ["text/json-not", ASK],
    ["json", ASK],
    ["+json", ASK],
    ["text/plain", "tier=small"],
    ["text/plain", `[${ASK}]`],
    ["text/plain", ""],
  ] as const
) {
  Deno.test(`${JSON.stringify(body)} of type ${type} is refused for its type`, async () => {
    const [status, answer] = await sent(body, type);
    assert.deepEqual([status, answer.code], [415, "unsupported_media_type"]);
  });
}

for (
  const [body, reason] of [
    ["", /^Invalid JSON body: .*JSON/],
    ["{", /^Invalid JSON body: /],
    ["tier=small", /^Invalid JSON body: /],
    ["null", /must be an object, found null/],
    ["[]", /must be an object, found an array of 0/],
    ['"small"', /must be an object, found "small"/],
    ["[".repeat(10_000), /more than 32 arrays or objects/],
  ] as const
) {
  Deno.test(`the body ${body.slice(0, 12)} is not what an ask is`, async () => {
    const [status, answer] = await sent(body, "application/json");
    assert.deepEqual([status, answer.code], [400, "invalid_json"]);
    assert.match(String(answer.detail), reason);
  });
}

Deno.test("bytes that are not UTF-8 are refused, also where they would still be JSON", async () => {
  const bytes = new TextEncoder().encode('{"tier":"smaXl"}');
  bytes[bytes.indexOf("X".charCodeAt(0))] = 0xff;
  const [status, answer] = await sent(bytes, "application/json");
  assert.deepEqual([status, answer.detail], [
    400,
    "Invalid JSON body: not UTF-8",
  ]);
  const utf16 = new Uint8Array(new Uint16Array([0xfeff, 0x7b, 0x7d]).buffer);
  assert.equal((await sent(utf16, "application/json"))[0], 400);
});

Deno.test("another charset is refused before the body is read", async () => {
  const [status, answer] = await sent(ASK, "application/json; charset=latin1");
  assert.deepEqual([status, answer.detail], [
    400,
    'Invalid JSON body: charset "latin1", wanted "utf-8"',
  ]);
});

Deno.test("a byte order mark before the JSON is skipped", async () => {
  assert.equal((await sent(`\ufeff${ASK}`, "application/json"))[0], 200);
});

Deno.test("a compressed body is refused as such", async () => {
  const home = homeWithOne();
  const response = await home.send("POST", "/route", ASK, {
    "content-type": "application/json",
    "content-encoding": "gzip",
  });
  assert.equal(response.status, 415);
  assert.equal((await response.json()).code, "unsupported_encoding");
  const identity = await home.send("POST", "/route", ASK, {
    "content-encoding": "identity",
  });
  assert.equal(identity.status, 200);
});

async function sent(body: string | Uint8Array<ArrayBuffer>, type?: string) {
  const headers: HeadersInit = type === undefined
    ? {}
    : { "content-type": type };
  // A blob without a type: a string would bring a type of its own.
  const untyped = new Blob([body]);
  return await read(
    await homeWithOne().send("POST", "/route", untyped, headers),
  );
}

function homeWithOne(): ApiHome {
  const home = new ApiHome();
  const now = home.clock.monotonicMs();
  home.balancer.register(registered("a"), now);
  home.balancer.report("a", reported(), now);
  return home;
}
