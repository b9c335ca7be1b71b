/** Checking the tokens of callers as the configuration says. */
import type { ServerConfig } from "../config/server_keys.ts";
import type { Clock, Logger } from "../ports.ts";
import type { Applicable } from "../reload/in_force.ts";
import { type JwtSettings, JwtVerifier } from "../trust/jwt_verifier.ts";
import { readNamedFile, UnusableFileError } from "./named_file.ts";

/** Whether proxied requests must bring a token. */
export function asksForTokens(
  { jwt }: Pick<ServerConfig, "jwt">,
): boolean {
  return jwt.jwksUrl !== "" || jwt.keyFile !== "";
}

/** A verifier that goes by the configuration; rejects as {@link prepareTokens} does. */
export async function openTokens(
  config: ServerConfig,
  clock: Clock,
  logger: Logger,
): Promise<JwtVerifier> {
  const verifier = new JwtVerifier(clock, logger);
  const prepared = await prepareTokens(verifier, config);
  prepared.apply();
  return verifier;
}

/**
 * Reads the file of keys that another configuration names; what it answers puts it into force. Rejects with an
 * {@link UnusableFileError} for one that can't be read or used.
 */
export async function prepareTokens(
  verifier: JwtVerifier,
  config: ServerConfig,
): Promise<Applicable> {
  const settings = await jwtSettings(config);
  try {
    return await verifier.prepare(settings);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UnusableFileError(
      `Cannot use jwt.key_file "${config.jwt.keyFile}": ${error.message}`,
      { cause: error },
    );
  }
}

async function jwtSettings(
  { jwt }: ServerConfig,
): Promise<JwtSettings | undefined> {
  if (!asksForTokens({ jwt })) return undefined;
  const { jwksUrl, keyFile, issuer, audience, algorithms, claims } = jwt;
  return {
    keys: keyFile === "" ? { kind: "url", url: jwksUrl } : {
      kind: "text",
      text: await readNamedFile("jwt.key_file", keyFile),
    },
    issuer,
    audience,
    algorithms,
    leewaySeconds: jwt.leewaySeconds,
    tierClaim: claims.tier,
    stickyClaim: claims.stickyId,
  };
}
