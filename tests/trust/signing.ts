/** Signing keys, tokens, and a server of keys, for tests. */
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
} from "jose";
import { type JwtSettings, JwtVerifier } from "../../src/trust/jwt_verifier.ts";
import type { TokenVerdict } from "../../src/trust_ports.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";

/** A pair of keys. */
export interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  /** The public one as a set shows it. */
  readonly jwk: JWK;
}

/** A new pair. */
export async function signer(kid: string, alg = "ES256"): Promise<Signer> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...await exportJWK(pair.publicKey), kid, alg, use: "sig" };
  return { kid, alg, ...pair, jwk };
}

/** When tokens are signed and checked unless a test moves its clock: the turn of the year 2026. */
export const NOW_SECONDS = Date.UTC(2026, 0, 1) / 1000;

/** A token that is good for an hour, with these claims besides. */
export async function tokenOf(
  { kid, alg, privateKey }: Signer,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return await new SignJWT({ exp: NOW_SECONDS + 3600, ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(privateKey);
}

/** A server of keys, whose answer a test changes. */
export class KeyServer implements AsyncDisposable {
  answer: () => Response | Promise<Response>;
  asked = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Shows these keys. */
  constructor(...signers: readonly Signer[]) {
    this.answer = () => Response.json(setOf(signers));
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => {
        this.asked++;
        return this.answer();
      },
    );
  }

  /** Shows these keys from now on. */
  show(...signers: readonly Signer[]): void {
    this.answer = () => Response.json(setOf(signers));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/keys`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** A JWKS. */
export function setOf(
  signers: readonly Signer[],
): { readonly keys: readonly JWK[] } {
  return { keys: signers.map(({ jwk }) => jwk) };
}

/** A verifier with a clock and a log of its own. */
export class Desk implements Disposable {
  readonly clock = new FakeClock();
  readonly logger = new FakeLogger();
  readonly verifier = new JwtVerifier(this.clock, this.logger);

  /** A verifier that goes by settings. */
  static async open(settings: Partial<JwtSettings>): Promise<Desk> {
    const desk = new Desk();
    await desk.configure(settings);
    return desk;
  }

  /** Goes by other settings. */
  async configure(settings: Partial<JwtSettings>): Promise<void> {
    const prepared = await this.verifier.prepare({ ...SETTINGS, ...settings });
    prepared.apply();
  }

  /** What a token comes to: the code of its refusal, or "valid". */
  async codeOf(token: string): Promise<string> {
    const verdict = await this.verifier.verify(token);
    return verdict.kind === "valid" ? "valid" : verdict.code;
  }

  /** Why a token is refused; empty when it is not. */
  async detailOf(token: string): Promise<string> {
    const verdict: TokenVerdict = await this.verifier.verify(token);
    return verdict.kind === "valid" ? "" : verdict.detail;
  }

  [Symbol.dispose](): void {
    this.verifier[Symbol.dispose]();
  }
}

const SETTINGS: JwtSettings = {
  keys: { kind: "text", text: "" },
  issuer: "",
  audience: "",
  algorithms: ["RS256", "ES256", "EdDSA"],
  leewaySeconds: 30,
  tierClaim: "",
  stickyClaim: "",
};
