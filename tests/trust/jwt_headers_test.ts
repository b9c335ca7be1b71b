/** Tokens whose header or claims are meant to mislead; each is well signed, by a key that it is about. */
import assert from "node:assert/strict";
import { Desk, NOW_SECONDS, setOf, type Signer, signer } from "./signing.ts";

const GOOD_HEADER = { alg: "ES256", kid: "known" };
const GOOD_CLAIMS = { exp: NOW_SECONDS + 3600 };

/** A token of these texts, whatever they are. */
async function signed(
  { privateKey }: Signer,
  header: object,
  claims: object | string,
): Promise<string> {
  const text = typeof claims === "string" ? claims : JSON.stringify(claims);
  const isPlain = "b64" in header && header.b64 === false;
  const body = isPlain ? text.replaceAll(".", "") : base64(text);
  const input = `${base64(JSON.stringify(header))}.${body}`;
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    privateKey,
    new TextEncoder().encode(input),
  );
  return `${input}.${base64(new Uint8Array(signature))}`;
}

function base64(octets: string | Uint8Array): string {
  const bytes = typeof octets === "string"
    ? new TextEncoder().encode(octets)
    : octets;
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

async function deskOf(known: Signer): Promise<Desk> {
  const text = JSON.stringify(setOf([known]));
  return await Desk.open({
    keys: { kind: "text", text },
    audience: "opsen",
    tierClaim: "plan",
  });
}

Deno.test("a key that a token brings along, or says where to get, is not used", async () => {
  let asked = 0;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => {
      asked++;
      return Response.json(setOf([forger]));
    },
  );
  const known = await signer("known");
  const forger = await signer("forger");
  using desk = await deskOf(known);
  const claims = { ...GOOD_CLAIMS, aud: "opsen" };
  const url = `http://127.0.0.1:${server.addr.port}/`;
  assert.equal(
    await desk.codeOf(await signed(known, GOOD_HEADER, claims)),
    "valid",
  );
  for (
    const header of [
      GOOD_HEADER,
      { ...GOOD_HEADER, jwk: forger.jwk },
      { alg: "ES256", jwk: forger.jwk },
      { alg: "ES256", kid: "forger", jku: url },
      { ...GOOD_HEADER, x5u: url, x5c: ["AAAA"] },
      { alg: "ES256", kid: "../../../../dev/null" },
      { alg: "ES256", kid: "' OR 1=1 --" },
      { alg: "ES256", kid: "__proto__" },
      { alg: "ES256", kid: ["known"] },
    ]
  ) {
    const token = await signed(forger, header, claims);
    assert.equal(
      await desk.codeOf(token),
      "invalid_token",
      JSON.stringify(header),
    );
  }
  assert.equal(asked, 0);
});

Deno.test("a header that asks for what is not understood makes no good token, whoever signed it", async () => {
  const known = await signer("known");
  using desk = await deskOf(known);
  const claims = { ...GOOD_CLAIMS, aud: "opsen" };
  for (
    const more of [
      { crit: ["exp"], exp: 1 },
      { crit: ["b64"], b64: false },
      { crit: [] },
      { crit: "b64", b64: true },
      { alg: "none" },
      { alg: "HS256" },
      { alg: "es256" },
      { alg: ["ES256"] },
      { alg: undefined },
    ]
  ) {
    const token = await signed(known, { ...GOOD_HEADER, ...more }, claims);
    assert.equal(
      await desk.codeOf(token),
      "invalid_token",
      JSON.stringify(more),
    );
  }
});

Deno.test("claims are what they say in the end, and of the kind that is wanted", async () => {
  const known = await signer("known");
  using desk = await deskOf(known);
  const { exp } = GOOD_CLAIMS;
  const cases: readonly (readonly [string, string])[] = [
    [`{"exp":${exp},"aud":["other","opsen"]}`, "valid"],
    [`{"exp":${exp},"aud":"opsen","iat":-1}`, "valid"],
    [`{"exp":1,"exp":${exp},"aud":"opsen"}`, "valid"],
    [`{"exp":${exp},"exp":1,"aud":"opsen"}`, "invalid_token"],
    [`{"exp":${exp},"aud":"opsen","aud":"other"}`, "invalid_token"],
    [`{"exp":${exp},"aud":[]}`, "invalid_token"],
    [`{"exp":${exp},"aud":[["opsen"]]}`, "invalid_token"],
    [`{"exp":${exp},"aud":{"0":"opsen"}}`, "invalid_token"],
    [`{"exp":"${exp}","aud":"opsen"}`, "invalid_token"],
    [`{"exp":null,"aud":"opsen"}`, "invalid_token"],
    [`{"exp":-1,"aud":"opsen"}`, "invalid_token"],
    [`{"__proto__":{"exp":${exp}},"aud":"opsen"}`, "invalid_token"],
    [`{"exp":${exp},"aud":"opsen","plan":["gpu"]}`, "invalid_token"],
    [`[{"exp":${exp}}]`, "invalid_token"],
    ["null", "invalid_token"],
    ["{", "invalid_token"],
  ];
  for (const [claims, code] of cases) {
    const token = await signed(known, GOOD_HEADER, claims);
    assert.equal(await desk.codeOf(token), code, claims);
  }
});
