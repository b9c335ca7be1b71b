/** Whose keys tests show. */
import type { Principal } from "../../src/policy/principal.ts";
import type { StoredKey } from "../../src/trust_ports.ts";
import { credentialName, keyHash } from "../../src/wire/key_text.ts";

/** A principal without limits. */
export const NOBODY: Principal = {
  name: "nobody",
  scopes: undefined,
  tiers: undefined,
  expiresMs: undefined,
  backendId: undefined,
  endpointAllow: [],
  ratePerMinute: 0,
};

/** A stored key without limits, by its name; shown as `key of NAME`. */
export function storedKey(
  name: string,
  changes: Partial<StoredKey> = {},
): StoredKey {
  return {
    name,
    hash: keyHash(`key of ${name}`),
    scopes: undefined,
    tiers: undefined,
    backendId: undefined,
    endpointAllow: [],
    expiresMs: undefined,
    createdMs: 0,
    createdBy: "anyone",
    revokedMs: undefined,
    ...changes,
  };
}

/** The credential of a backend; shown as `key of agent:ID`. */
export function credential(
  backendId: string,
  changes: Partial<StoredKey> = {},
): StoredKey {
  return storedKey(credentialName(backendId), {
    scopes: ["agent"],
    backendId,
    ...changes,
  });
}
