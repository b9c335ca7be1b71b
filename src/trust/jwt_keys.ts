/** Keys that tokens are checked with, from what a file holds. Owns no state. */
import {
  createLocalJWKSet,
  errors,
  importSPKI,
  importX509,
  type JWK,
  type JWTVerifyGetKey,
} from "jose";

/** Finds the key of a token; rejects with {@link KeysUnavailableError} while no keys can be had. */
export type KeyFinder = JWTVerifyGetKey;

/** The keys can't be had, so that nothing can be said of a token. */
export class KeysUnavailableError extends Error {
  override readonly name = "KeysUnavailableError";
}

/** Keys of one set; more are tried one after the other, and no issuer has as many. */
const KEYS_MAX = 100;

/**
 * The keys of a text: a public key or a certificate (PEM), a JWK, a JWKS, or the secret of an HMAC where one of the
 * algorithms is HS256, HS384 or HS512. What is no secret never serves as one: a token signed with a public key, which
 * everybody knows, is not good. Rejects with a TypeError for what is none of these.
 */
export async function findKeys(
  text: string,
  algorithms: readonly string[],
): Promise<KeyFinder> {
  const trimmed = text.trim();
  if (trimmed.startsWith("-----BEGIN ")) {
    return await pemKey(trimmed, algorithms);
  }
  if (trimmed.startsWith("{")) return jsonKeys(trimmed, algorithms);
  return secretKey(new TextEncoder().encode(trimmed), algorithms);
}

/** The public keys of a JWKS, none when they were all taken back; throws a TypeError for what is no JWKS. */
export function keysOfSet(json: unknown): KeyFinder {
  if (!isObject(json) || !Array.isArray(json.keys)) {
    throw new TypeError("found no JWKS, wanted an object with a list of keys");
  }
  const keys: readonly unknown[] = json.keys;
  if (keys.length > KEYS_MAX) {
    throw new TypeError(`found ${keys.length} keys, wanted up to ${KEYS_MAX}`);
  }
  // A secret among them is known to everybody, and matches no token.
  const usable = keys.filter((key) => isObject(key) && isPublic(key));
  return createLocalJWKSet({ keys: usable as JWK[] });
}

async function pemKey(
  pem: string,
  algorithms: readonly string[],
): Promise<KeyFinder> {
  const label = /^-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1] ?? "";
  const read = label === "PUBLIC KEY"
    ? importSPKI
    : label === "CERTIFICATE"
    ? importX509
    : undefined;
  if (read === undefined) {
    throw new TypeError(
      `found PEM of "${label}", wanted "PUBLIC KEY" or "CERTIFICATE"`,
    );
  }
  const keys = new Map<string, Awaited<ReturnType<typeof importSPKI>>>();
  for (const algorithm of algorithms.filter((name) => !isHmac(name))) {
    try {
      keys.set(algorithm, await read(pem, algorithm));
    } catch {
      // The key is of another kind, and such tokens are not good.
    }
  }
  if (keys.size === 0) throw noneFor("a key", algorithms);
  return ({ alg }) => {
    const key = keys.get(alg ?? "");
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key;
  };
}

function jsonKeys(text: string, algorithms: readonly string[]): KeyFinder {
  const json: unknown = parsed(text);
  if (isObject(json) && json.kty === "oct") {
    if (typeof json.k !== "string") {
      throw new TypeError('found a JWK without "k", wanted its secret there');
    }
    const wanted = typeof json.alg === "string"
      ? algorithms.filter((name) => name === json.alg)
      : algorithms;
    return secretKey(
      Uint8Array.fromBase64(json.k, { alphabet: "base64url" }),
      wanted,
    );
  }
  const isOne = isObject(json) && json.kty !== undefined;
  const set = isOne ? { keys: [json] } : json;
  const keys = keysOfSet(set);
  if (!hasPublic(set)) {
    throw new TypeError("found no public key, wanted at least one");
  }
  return keys;
}

function secretKey(
  secret: Uint8Array,
  algorithms: readonly string[],
): KeyFinder {
  const accepted = algorithms.filter(isHmac);
  if (accepted.length === 0) {
    throw noneFor("neither PEM nor JSON, so a secret", algorithms);
  }
  const bytesMin = Math.max(
    ...accepted.map((name) => Number(name.slice(2)) / 8),
  );
  if (secret.length < bytesMin) {
    throw new TypeError(
      `found a secret of ${secret.length} bytes, wanted at least ${bytesMin} (RFC 7518, section 3.2)`,
    );
  }
  return ({ alg }) => {
    if (!accepted.includes(alg ?? "")) throw new errors.JWKSNoMatchingKey();
    return secret;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError("found broken JSON, wanted a JWK or a JWKS");
  }
}

function noneFor(found: string, algorithms: readonly string[]): TypeError {
  const names = algorithms.join(", ");
  return new TypeError(`found ${found}, wanted one for ${names}`);
}

/** Whether a JWK holds nothing that must be kept secret. */
function isPublic(key: Readonly<Record<string, unknown>>): boolean {
  return key.kty !== "oct" && !("d" in key);
}

function hasPublic(set: unknown): boolean {
  return isObject(set) && Array.isArray(set.keys) &&
    set.keys.some((key) => isObject(key) && isPublic(key));
}

function isHmac(algorithm: string): boolean {
  return algorithm.startsWith("HS");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
