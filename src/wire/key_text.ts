/** Keys, tokens and credentials as texts: how the program makes them, and what is kept of them. */
import { Buffer } from "node:buffer";
import { hash, randomBytes } from "node:crypto";

/** As many as SHA-256 has: nothing is gained by guessing the key instead of its hash. */
const KEY_BYTES = 32;

/** What is made; each begins with its own word, so that whoever finds one knows what it is. */
export type MadeKeyKind = "key" | "agent" | "token";

const PREFIXES: Readonly<Record<MadeKeyKind, string>> = {
  key: "opsen_",
  agent: "opsen_agent_",
  token: "opsen_token_",
};

/** A new secret: 32 random bytes in base64url (RFC 4648, section 5) behind a prefix. */
export function newKey(kind: MadeKeyKind): string {
  return PREFIXES[kind] + randomBytes(KEY_BYTES).toString("base64url");
}

/** Name of the credential of a backend. */
export function credentialName(backendId: string): string {
  return `agent:${backendId}`;
}

/**
 * SHA-256 of a key, 64 hexadecimal digits: what `printf %s KEY | sha256sum` says.
 *
 * @param key As a header field holds it: one character per byte.
 */
export function keyHash(key: string): string {
  return hash("sha256", Buffer.from(key, "latin1"), "hex");
}
