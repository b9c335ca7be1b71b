import assert from "node:assert/strict";
import { SignJWT } from "jose";
import {
  COOL_DOWN_MS,
  REFRESH_MS,
  RETRY_MS,
} from "../../src/trust/jwks_source.ts";
import { freePort } from "../free_port.ts";
import { Desk, KeyServer, NOW_SECONDS, signer, tokenOf } from "./signing.ts";

/** The keys of a URL. */
function at(url: string) {
  return { keys: { kind: "url", url } } as const;
}

function broken(): Response {
  return new Response("out of order", { status: 503 });
}

Deno.test("keys are fetched with the first token, once for many", async () => {
  const key = await signer("k1");
  await using server = new KeyServer(key);
  using desk = await Desk.open(at(server.url));
  assert.equal(server.asked, 0);
  const tokens = await Promise.all(
    ["a", "b", "c"].map((jti) => tokenOf(key, { jti })),
  );
  const codes = await Promise.all(tokens.map((token) => desk.codeOf(token)));
  assert.deepEqual(codes, ["valid", "valid", "valid"]);
  assert.equal(server.asked, 1);
});

Deno.test("a key that is not known is asked for, but not with every token", async () => {
  const [old, fresh, stranger] = [
    await signer("k1"),
    await signer("k2"),
    await signer("k3"),
  ];
  await using server = new KeyServer(old);
  using desk = await Desk.open(at(server.url));
  assert.equal(await desk.codeOf(await tokenOf(old)), "valid");
  server.show(old, fresh);
  assert.equal(await desk.codeOf(await tokenOf(fresh)), "invalid_token");
  assert.equal(server.asked, 1);
  desk.clock.advance(COOL_DOWN_MS);
  assert.equal(await desk.codeOf(await tokenOf(fresh)), "valid");
  assert.equal(server.asked, 2);
  for (let i = 0; i < 5; i++) {
    const jti = String(i);
    const token = await tokenOf(stranger, { jti });
    assert.equal(await desk.codeOf(token), "invalid_token");
  }
  assert.equal(server.asked, 2);
});

Deno.test("a key that was taken back is good for nothing soon, also for tokens that were good", async () => {
  const [old, fresh] = [await signer("k1"), await signer("k2")];
  await using server = new KeyServer(old);
  using desk = await Desk.open(at(server.url));
  const token = await tokenOf(old);
  assert.equal(await desk.codeOf(token), "valid");
  server.show(fresh);
  desk.clock.advance(REFRESH_MS);
  // Another token has the keys fetched behind its back.
  assert.equal(await desk.codeOf(await tokenOf(old, { jti: "1" })), "valid");
  await untilRefused(desk, token);
  assert.equal(await desk.codeOf(token), "invalid_token");
  server.show();
  desk.clock.advance(REFRESH_MS);
  const later = await tokenOf(fresh);
  await desk.codeOf(later);
  await untilRefused(desk, later);
  assert.equal(await desk.codeOf(later), "invalid_token");
});

Deno.test("keys that were good go on while the URL is down, and what needs others can't be checked", async () => {
  const [key, fresh] = [await signer("k1"), await signer("k2")];
  await using server = new KeyServer(key);
  using desk = await Desk.open(at(server.url));
  assert.equal(await desk.codeOf(await tokenOf(key)), "valid");
  server.answer = broken;
  desk.clock.advance(COOL_DOWN_MS);
  const next = await tokenOf(fresh);
  assert.equal(await desk.codeOf(next), "token_unverifiable");
  assert.equal(await desk.codeOf(next), "token_unverifiable");
  assert.equal(server.asked, 2);
  assert.equal(await desk.codeOf(await tokenOf(key, { jti: "2" })), "valid");
  server.show(key, fresh);
  desk.clock.advance(RETRY_MS);
  assert.equal(await desk.codeOf(next), "valid");
  assert.deepEqual(desk.logger.messages("warn"), [
    "Cannot get the keys of jwt.jwks_url; those that are known go on",
  ]);
  assert.deepEqual(desk.logger.messages("info"), [
    "The keys of jwt.jwks_url can be had again",
  ]);
});

Deno.test("while no keys can be had tokens can't be checked, and it is tried again", async () => {
  const key = await signer("k1");
  const token = await tokenOf(key);
  using absent = await Desk.open(at(`http://127.0.0.1:${freePort()}/keys`));
  assert.equal(await absent.codeOf(token), "token_unverifiable");
  await using server = new KeyServer(key);
  const answers = [
    broken,
    () => new Response("no JSON"),
    () => Response.json({ keys: "none" }),
    () => Response.redirect(`${server.url}/elsewhere`),
    () => new Response("[".repeat(600_000)),
    () => Response.json({ keys: Array(101).fill(key.jwk) }),
  ];
  for (const answer of answers) {
    using desk = await Desk.open(at(server.url));
    server.answer = answer;
    const asked = server.asked;
    assert.equal(await desk.codeOf(token), "token_unverifiable");
    assert.equal(await desk.codeOf(token), "token_unverifiable");
    assert.equal(server.asked, asked + 1);
    server.show(key);
    desk.clock.advance(RETRY_MS);
    assert.equal(await desk.codeOf(token), "valid");
  }
});

Deno.test("of several keys without an id each is tried", async () => {
  const signers = await Promise.all(["", "", ""].map((kid) => signer(kid)));
  const bare = signers.map(({ jwk: { kid: _, ...jwk }, ...rest }) => ({
    ...rest,
    jwk,
  }));
  await using server = new KeyServer(...bare);
  using desk = await Desk.open(at(server.url));
  const stranger = await signer("");
  for (const { alg, privateKey } of [...signers, stranger]) {
    const token = await new SignJWT({ exp: NOW_SECONDS + 60 })
      .setProtectedHeader({ alg }).sign(privateKey);
    const isStrange = privateKey === stranger.privateKey;
    const wanted = isStrange ? "invalid_token" : "valid";
    assert.equal(await desk.codeOf(token), wanted);
  }
});

Deno.test("keys of the same URL stay when other settings change", async () => {
  const key = await signer("k1");
  await using server = new KeyServer(key);
  using desk = await Desk.open(at(server.url));
  assert.equal(await desk.codeOf(await tokenOf(key)), "valid");
  server.answer = broken;
  await desk.configure({ ...at(server.url), audience: "opsen" });
  assert.equal(await desk.codeOf(await tokenOf(key)), "invalid_token");
  const token = await tokenOf(key, { aud: "opsen" });
  assert.equal(await desk.codeOf(token), "valid");
  assert.equal(server.asked, 1);
});

Deno.test("whoever ends while keys are fetched leaves nothing open", async () => {
  const key = await signer("k1");
  await using server = new KeyServer(key);
  const { promise: hanging, resolve } = Promise.withResolvers<Response>();
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  server.answer = () => {
    onAsked();
    return hanging;
  };
  const desk = await Desk.open(at(server.url));
  const code = desk.codeOf(await tokenOf(key));
  await asked;
  desk[Symbol.dispose]();
  assert.equal(await code, "token_unverifiable");
  assert.deepEqual(desk.logger.lines, []);
  resolve(broken());
});

/** Lets the event loop run until a token is not good any more. */
async function untilRefused(desk: Desk, token: string): Promise<void> {
  for (let turns = 0; turns < TURNS_MAX; turns++) {
    if (await desk.codeOf(token) !== "valid") return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** More than any answer of a server on this machine takes. */
const TURNS_MAX = 10_000;
