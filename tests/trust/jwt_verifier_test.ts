import assert from "node:assert/strict";
import { exportPKCS8, exportSPKI, SignJWT, UnsecuredJWT } from "jose";
import { REMEMBERED_MAX, TOKEN_CHARS_MAX } from "../../src/trust/jwt_rule.ts";
import { JwtVerifier } from "../../src/trust/jwt_verifier.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { Desk, NOW_SECONDS, setOf, signer, tokenOf } from "./signing.ts";

const HOUR_MS = 3_600_000;
const SECRET = "0123456789abcdef0123456789abcdef";

/** The keys of a file. */
function text(text: string) {
  return { keys: { kind: "text", text } } as const;
}

Deno.test("a token is good that a known key signed, and known again without waiting", async () => {
  const key = await signer("k1");
  using desk = await Desk.open(text(JSON.stringify(setOf([key]))));
  const token = await tokenOf(key);
  const first = desk.verifier.verify(token);
  assert.ok(first instanceof Promise);
  const valid = { kind: "valid", tier: undefined, stickyId: undefined };
  assert.deepEqual(await first, valid);
  assert.deepEqual(desk.verifier.verify(token), valid);
});

Deno.test("a token that is shown twice at once is checked once", async () => {
  const key = await signer("k1");
  using desk = await Desk.open(text(JSON.stringify(key.jwk)));
  const token = await tokenOf(key);
  const first = desk.verifier.verify(token);
  assert.equal(desk.verifier.verify(token), first);
  await first;
});

Deno.test("every algorithm of the schema that is listed is taken, and none other", async () => {
  const asymmetric = [
    ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
    ...["ES256", "ES384", "ES512", "EdDSA"],
  ];
  for (const alg of asymmetric) {
    const key = await signer("k", alg);
    const token = await tokenOf(key);
    for (
      const keys of [await exportSPKI(key.publicKey), JSON.stringify(key.jwk)]
    ) {
      using desk = await Desk.open({ ...text(keys), algorithms: [alg] });
      assert.equal(await desk.codeOf(token), "valid", alg);
    }
    const others = asymmetric.filter((other) => other !== alg);
    using strict = await Desk.open({
      ...text(JSON.stringify(key.jwk)),
      algorithms: others,
    });
    assert.equal(await strict.codeOf(token), "invalid_token", alg);
  }
});

Deno.test("a secret serves the HMACs that are listed", async () => {
  const secret = new TextEncoder().encode(SECRET);
  const token = await new SignJWT({ exp: NOW_SECONDS + 60 })
    .setProtectedHeader({ alg: "HS256" }).sign(secret);
  const jwk = JSON.stringify({
    kty: "oct",
    k: secret.toBase64({ alphabet: "base64url", omitPadding: true }),
  });
  for (const keys of [SECRET, `${SECRET}\n`, jwk]) {
    using desk = await Desk.open({ ...text(keys), algorithms: ["HS256"] });
    assert.equal(await desk.codeOf(token), "valid");
  }
  const other = SECRET.replace("0", "1");
  using desk = await Desk.open({ ...text(other), algorithms: ["HS256"] });
  assert.equal(await desk.codeOf(token), "invalid_token");
});

Deno.test("a public key is no secret: what is signed with its text is not good", async () => {
  const key = await signer("k", "RS256");
  const algorithms = ["RS256", "HS256"];
  const pem = await exportSPKI(key.publicKey);
  for (const keys of [pem, JSON.stringify(key.jwk)]) {
    using desk = await Desk.open({ ...text(keys), algorithms });
    assert.equal(await desk.codeOf(await tokenOf(key)), "valid");
    for (const secret of [keys, keys.trim(), `${keys}\n`]) {
      const forged = await new SignJWT({ exp: NOW_SECONDS + 60 })
        .setProtectedHeader({ alg: "HS256", kid: "k" })
        .sign(new TextEncoder().encode(secret));
      assert.equal(await desk.codeOf(forged), "invalid_token");
    }
  }
});

Deno.test("a secret in a set of public keys is none", async () => {
  const key = await signer("k", "RS256");
  const secret = new TextEncoder().encode(SECRET);
  const k = secret.toBase64({ alphabet: "base64url", omitPadding: true });
  const keys = [key.jwk, { kty: "oct", k, kid: "s", alg: "HS256" }];
  using desk = await Desk.open({
    ...text(JSON.stringify({ keys })),
    algorithms: ["RS256", "HS256"],
  });
  const forged = await new SignJWT({ exp: NOW_SECONDS + 60 })
    .setProtectedHeader({ alg: "HS256", kid: "s" }).sign(secret);
  assert.equal(await desk.codeOf(forged), "invalid_token");
});

Deno.test("a token without signature is never good", async () => {
  const key = await signer("k");
  using desk = await Desk.open({
    ...text(JSON.stringify(key.jwk)),
    algorithms: ["ES256", "none"],
  });
  const unsecured = new UnsecuredJWT({ exp: NOW_SECONDS + 60 }).encode();
  const [header, payload] = (await tokenOf(key)).split(".");
  const forged = [unsecured, `${header}.${payload}.`, `${header}.${payload}`];
  for (const token of forged) {
    assert.equal(await desk.codeOf(token), "invalid_token", token);
  }
});

Deno.test("a token is bound in time, with leeway, and must say until when", async () => {
  const key = await signer("k");
  using desk = await Desk.open({
    ...text(JSON.stringify(key.jwk)),
    leewaySeconds: 30,
  });
  const cases = [
    [{ exp: NOW_SECONDS - 29 }, "valid"],
    [{ exp: NOW_SECONDS - 30 }, "invalid_token"],
    [{ nbf: NOW_SECONDS + 30 }, "valid"],
    [{ nbf: NOW_SECONDS + 31 }, "invalid_token"],
    [{ exp: undefined }, "invalid_token"],
  ] as const;
  for (const [claims, code] of cases) {
    const token = await tokenOf(key, claims);
    assert.equal(await desk.codeOf(token), code, JSON.stringify(claims));
  }
});

Deno.test("a token that is remembered ends with its time too", async () => {
  const key = await signer("k");
  using desk = await Desk.open({
    ...text(JSON.stringify(key.jwk)),
    leewaySeconds: 10,
  });
  const token = await tokenOf(key);
  assert.equal(await desk.codeOf(token), "valid");
  desk.clock.advance(HOUR_MS + 9_999);
  assert.ok(!(desk.verifier.verify(token) instanceof Promise));
  desk.clock.advance(1);
  assert.equal(await desk.detailOf(token), "The token has expired");
});

Deno.test("issuer and audience are those that are wanted", async () => {
  const key = await signer("k");
  using desk = await Desk.open({
    ...text(JSON.stringify(key.jwk)),
    issuer: "https://issuer.example",
    audience: "opsen",
  });
  const good = { iss: "https://issuer.example", aud: "opsen" };
  const cases = [
    [good, "valid"],
    [{ ...good, aud: ["other", "opsen"] }, "valid"],
    [{ ...good, aud: "other" }, "invalid_token"],
    [{ ...good, iss: "https://issuer.example/" }, "invalid_token"],
    [{ iss: good.iss }, "invalid_token"],
    [{ aud: good.aud }, "invalid_token"],
  ] as const;
  for (const [claims, code] of cases) {
    const token = await tokenOf(key, claims);
    assert.equal(await desk.codeOf(token), code, JSON.stringify(claims));
  }
});

Deno.test("claims become the tier and the session when they are usable text", async () => {
  const key = await signer("k");
  using desk = await Desk.open({
    ...text(JSON.stringify(key.jwk)),
    tierClaim: "https://example.com/tier",
    stickyClaim: "sub",
  });
  const claim = "https://example.com/tier";
  const token = await tokenOf(key, { [claim]: "large", sub: "user|7" });
  assert.deepEqual(await desk.verifier.verify(token), {
    kind: "valid",
    tier: "large",
    stickyId: "user|7",
  });
  assert.equal(await desk.codeOf(await tokenOf(key)), "valid");
  const unusable = [7, "", null, ["large"], "a\nb", "x".repeat(257)];
  for (const name of [claim, "sub"]) {
    for (const value of unusable) {
      const token = await tokenOf(key, { [name]: value });
      const code = await desk.codeOf(token);
      assert.equal(code, "invalid_token", `${name}: ${JSON.stringify(value)}`);
    }
  }
});

Deno.test("what is no token, or too long for one, is refused", async () => {
  const key = await signer("k");
  using desk = await Desk.open(text(JSON.stringify(key.jwk)));
  assert.equal(await desk.codeOf(""), "missing_token");
  for (const token of ["x", "a.b.c", "..", "e30.e30.e30", "\u00ff.\u00ff."]) {
    assert.equal(await desk.codeOf(token), "invalid_token", token);
  }
  const long = "x".repeat(TOKEN_CHARS_MAX + 1);
  assert.ok(!(desk.verifier.verify(long) instanceof Promise));
  assert.equal(await desk.codeOf(long), "invalid_token");
});

Deno.test("refusals and the log hold nothing of a token", async () => {
  const [key, other] = [await signer("k"), await signer("other")];
  using desk = await Desk.open({
    ...text(JSON.stringify(key.jwk)),
    audience: "opsen",
    stickyClaim: "sub",
  });
  const sub = "person-who-must-not-be-named";
  for (
    const token of [
      await tokenOf(key, { sub, aud: "elsewhere-entirely" }),
      await tokenOf(key, { sub: [sub], aud: "opsen" }),
      await tokenOf(key, { sub, exp: NOW_SECONDS - 99, aud: "opsen" }),
      await tokenOf({ ...other, kid: "kid-unheard-of" }, { sub }),
      `${await tokenOf(key, { sub })}x`,
    ]
  ) {
    const said = await desk.detailOf(token) +
      JSON.stringify(desk.logger.lines);
    for (const part of [sub, "elsewhere", "unheard", token.slice(0, 20)]) {
      assert.ok(!said.includes(part), said);
    }
    assert.notEqual(await desk.codeOf(token), "valid");
  }
});

Deno.test("the tokens shown longest ago are forgotten first", async () => {
  const secret = new TextEncoder().encode(SECRET);
  using desk = await Desk.open({ ...text(SECRET), algorithms: ["HS256"] });
  async function show(jti: string): Promise<string> {
    const token = await new SignJWT({ exp: NOW_SECONDS + 60, jti })
      .setProtectedHeader({ alg: "HS256" }).sign(secret);
    assert.equal(await desk.codeOf(token), "valid");
    return token;
  }
  const [first, second] = [await show("first"), await show("second")];
  for (let i = 2; i < REMEMBERED_MAX; i++) await show(String(i));
  assert.ok(!(desk.verifier.verify(first) instanceof Promise));
  await show("one more");
  assert.ok(!(desk.verifier.verify(first) instanceof Promise));
  const again = desk.verifier.verify(second);
  assert.ok(again instanceof Promise);
  await again;
});

Deno.test("other settings hold at once, also for tokens that were good", async () => {
  const [key, other] = [await signer("k"), await signer("k")];
  using desk = await Desk.open(text(JSON.stringify(key.jwk)));
  const token = await tokenOf(key);
  assert.equal(await desk.codeOf(token), "valid");
  await desk.configure(text(JSON.stringify(other.jwk)));
  assert.equal(await desk.codeOf(token), "invalid_token");
  const off = await desk.verifier.prepare(undefined);
  off.apply();
  assert.equal(await desk.codeOf(token), "token_unverifiable");
});

Deno.test("a file of keys that can't be used is refused in words", async () => {
  const key = await signer("k");
  const privateJwk = { ...key.jwk, d: "AAAA" };
  const cases = [
    [await exportPKCS8(key.privateKey), ["ES256"], /"PRIVATE KEY", wanted/],
    [await exportSPKI(key.publicKey), ["RS256"], /wanted one for RS256/],
    [JSON.stringify(privateJwk), ["ES256"], /no public key/],
    [JSON.stringify({ keys: [] }), ["ES256"], /no public key/],
    ["{ broken", ["ES256"], /broken JSON/],
    ["{}", ["ES256"], /no JWKS/],
    [SECRET, ["ES256"], /so a secret, wanted one for ES256/],
    [SECRET, ["HS256", "HS512"], /32 bytes, wanted at least 64/],
    ["short", ["HS256"], /5 bytes, wanted at least 32/],
    ['{"kty":"oct"}', ["HS256"], /without "k"/],
    ["", ["ES256"], /so a secret/],
  ] as const;
  for (const [keys, algorithms, words] of cases) {
    await assert.rejects(
      Desk.open({ ...text(keys), algorithms }),
      (error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, words);
        assert.doesNotMatch(error.message, /0123456789|short|AAAA/);
        return true;
      },
    );
  }
});

Deno.test("without settings no token is good", () => {
  const verifier = new JwtVerifier(new FakeClock(), new FakeLogger());
  const verdict = verifier.verify("a.b.c");
  assert.ok(!(verdict instanceof Promise));
  assert.equal(
    verdict.kind === "refused" && verdict.code,
    "token_unverifiable",
  );
});
