/** Callers' tokens (JWT) that are not what they seem. */
import { Buffer } from "node:buffer";
import {
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { type AttackKind, expect } from "../case.ts";
import type { AttackedServer, AttackStage } from "../stage.ts";

const ISSUER = "https://issuer.example";
const AUDIENCE = "opsen";

/** What a token is made of; what is left out is good. */
interface Wish {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly signature?: (text: string) => Buffer;
}

/** A server that asks for tokens, and whoever signs them. */
interface Desk {
  readonly server: AttackedServer;
  readonly privateKey: KeyObject;
  readonly publicPem: string;
}

const DESKS = new WeakMap<AttackStage, Promise<Desk>>();

/** All about tokens. */
export const TOKENS: AttackKind = {
  kind: "tokens",
  cases: [
    {
      name: "a good token",
      expects: "200, so that the cases below mean something",
      run: async (stage) => {
        const desk = await deskOf(stage);
        const [status, text] = await shown(desk, tokenOf(desk));
        expect(status === 200, () => `${status} ${text}`);
      },
    },
    {
      name: "no token, an empty one, another scheme",
      expects: "401 missing_token, and nothing at the origin",
      run: async (stage) => {
        const desk = await deskOf(stage);
        for (
          const field of ["", "Bearer", "Bearer ", "Basic YTpi", "Token x"]
        ) {
          await refuses(stage, desk, field, "missing_token");
        }
      },
    },
    refused(
      "alg none, in every spelling",
      (desk) =>
        ["none", "None", "NONE", "nOnE", ""].flatMap((alg) => {
          const token = tokenOf(desk, {
            header: { alg },
            signature: () => Buffer.alloc(0),
          });
          return [
            token,
            token.slice(0, -1),
            tokenOf(desk, { header: { alg } }),
          ];
        }),
    ),
    refused("HS256 with the public key as its secret", (desk) => {
      const { publicPem } = desk;
      return [publicPem, publicPem.trim(), derOf(publicPem)].map((secret) =>
        tokenOf(desk, {
          header: { alg: "HS256" },
          signature: (text) =>
            createHmac("sha256", secret).update(text).digest(),
        })
      );
    }),
    refused("tokens that are over, not yet good, or without an end", (desk) => {
      const now = Math.floor(Date.now() / 1000);
      return [
        { exp: now - 3600 },
        { exp: 0 },
        { exp: -1 },
        { exp: "9999999999" },
        { exp: null },
        { exp: undefined },
        { nbf: now + 3600 },
      ].map((claims) => tokenOf(desk, { claims }));
    }),
    refused("another audience, another issuer, none, lists", (desk) =>
      [
        { aud: "another" },
        { aud: ["another"] },
        { aud: "opsen2" },
        { aud: "" },
        { aud: undefined },
        { iss: "https://evil.example" },
        { iss: `${ISSUER}/` },
        { iss: undefined },
        { iss: [ISSUER] },
      ].map((claims) => tokenOf(desk, { claims }))),
    refused("another key, brought along in the token itself", (desk) => {
      const { publicKey, privateKey } = generateKeyPairSync("ec", {
        namedCurve: "P-256",
      });
      const jwk = publicKey.export({ format: "jwk" });
      const signature = signedBy(privateKey);
      return [
        { alg: "ES256" },
        { alg: "ES256", jwk },
        { alg: "ES256", jku: "http://127.0.0.1:9/keys" },
        { alg: "ES256", x5u: "http://127.0.0.1:9/cert" },
        { alg: "ES256", kid: "../../../../dev/null" },
        { alg: "ES256", kid: "' OR 1=1 --" },
      ].map((header) => tokenOf(desk, { header, signature }));
    }),
    refused(
      "signatures that are empty, all zero, cut short, of another text",
      (desk) => {
        const good = tokenOf(desk);
        const [header = "", payload = "", signature = ""] = good.split(".");
        const other = Buffer.from(payload, "base64url").toString()
          .replace("person", "admin!");
        return [
          `${header}.${payload}.`,
          `${header}.${payload}`,
          `${header}.${payload}.${Buffer.alloc(64).toString("base64url")}`,
          `${header}.${payload}.${signature.slice(0, -4)}`,
          `${header}.${Buffer.from(other).toString("base64url")}.${signature}`,
          `${header}..${signature}`,
          `.${payload}.${signature}`,
          `${good}.${signature}`,
          "a.b.c",
          "...",
          "x".repeat(30_000),
        ];
      },
    ),
    refused(
      "extensions that must be understood",
      (desk) =>
        [["exp"], ["b64"], ["x"], []].map((crit) =>
          tokenOf(desk, { header: { alg: "ES256", crit, b64: false } })
        ),
    ),
    {
      name: "two Authorization fields, a good token in one of them",
      expects: "401: nobody knows which one the backend would read",
      run: async (stage) => {
        const desk = await deskOf(stage);
        const headers = new Headers();
        headers.append("authorization", `Bearer ${tokenOf(desk)}`);
        headers.append("authorization", "Bearer x");
        const response = await fetch(`${desk.server.url}/x`, { headers });
        await response.body?.cancel();
        expect(response.status === 401, () => `${response.status}`);
      },
    },
    {
      name: "a tier and a session beside the token, which says others",
      expects: "that the token counts: 400 for its unknown tier",
      run: async (stage) => {
        const desk = await deskOf(stage);
        const token = tokenOf(desk, { claims: { tier: "nowhere" } });
        const [status, text] = await shown(desk, token, { "x-tier": "small" });
        expect(
          status === 400 && text.includes("unknown_tier"),
          () => `${status} ${text}`,
        );
      },
    },
    {
      name: "ten thousand different bad tokens",
      expects: "401 for each, bounded memory, and no token in the log",
      run: async (stage) => {
        const desk = await deskOf(stage);
        const before = desk.server.memoryBytes();
        const [header = "", payload = ""] = tokenOf(desk).split(".");
        for (let i = 0; i < 100; i++) {
          await Promise.all(Array.from({ length: 100 }, async (_, j) => {
            const signature = Buffer.alloc(64, `bad${i}x${j}`).toString(
              "base64url",
            );
            const token = `${header}.${payload}.${signature}`;
            const [status] = await shown(desk, token);
            expect(status === 401, () => `${status}`);
          }));
        }
        const grown = desk.server.memoryBytes() - before;
        expect(grown < 100_000_000, () => `${grown} octets more memory`);
        expect(
          !desk.server.log().includes(payload),
          () => "a token in the log",
        );
      },
    },
  ],
};

function refused(name: string, tokens: (desk: Desk) => readonly string[]) {
  return {
    name,
    expects: "401 invalid_token, and nothing at the origin",
    run: async (stage: AttackStage) => {
      const desk = await deskOf(stage);
      for (const token of tokens(desk)) {
        await refuses(stage, desk, `Bearer ${token}`, "invalid_token");
      }
      const [status, text] = await shown(desk, tokenOf(desk));
      expect(status === 200, () => `a good one afterwards: ${status} ${text}`);
    },
  };
}

async function refuses(
  stage: AttackStage,
  { server }: Desk,
  field: string,
  code: string,
): Promise<void> {
  stage.origin.taken();
  const headers = field === "" ? {} : { authorization: field };
  const response = await fetch(`${server.url}/x`, { headers });
  const text = await response.text();
  expect(
    response.status === 401 && text.includes(`"code":"${code}"`) &&
      stage.origin.taken().length === 0,
    () => `${field.slice(0, 300)}: ${response.status} ${text}`,
  );
}

async function shown(
  { server }: Desk,
  token: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<readonly [status: number, text: string]> {
  const headers = { authorization: `Bearer ${token}`, ...fields };
  const response = await fetch(`${server.url}/x`, { headers });
  return [response.status, await response.text()];
}

function tokenOf({ privateKey }: Desk, wish: Wish = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    ...{ iss: ISSUER, aud: AUDIENCE, exp: now + 3600, sub: "person" },
    ...wish.claims,
  };
  const text = [wish.header ?? { alg: "ES256" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = (wish.signature ?? signedBy(privateKey))(text);
  return `${text}.${signature.toString("base64url")}`;
}

function signedBy(key: KeyObject): (text: string) => Buffer {
  return (text) =>
    sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\n/g, ""), "base64");
}

function deskOf(stage: AttackStage): Promise<Desk> {
  let desk = DESKS.get(stage);
  if (desk === undefined) DESKS.set(stage, desk = openDesk(stage));
  return desk;
}

async function openDesk(stage: AttackStage): Promise<Desk> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  const publicPem = String(publicKey.export({ type: "spki", format: "pem" }));
  const file = await Deno.makeTempFile({ suffix: ".pem" });
  stage.use({ [Symbol.dispose]: () => Deno.removeSync(file) });
  await Deno.writeTextFile(file, publicPem);
  const server = await stage.server({
    jwt: {
      key_file: file,
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ["ES256", "EdDSA"],
      claims: { tier: "tier", sticky_id: "sub" },
    },
  });
  return { server, privateKey, publicPem };
}
