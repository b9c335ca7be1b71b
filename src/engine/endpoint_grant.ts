/** What a registration says of where its backend may be. */
import type { Registration } from "./backend.ts";

/** A backend as far as this goes: the part of its registration that counts. */
export type Grantee = Pick<
  Registration,
  "publicIp" | "registeredFrom" | "endpointAllow"
>;

/**
 * The address that the backend registered from, empty when that is not known, and what its own credential allows. A
 * registration that was stored before the former was noted has nothing but the public address that it named then.
 */
export function grantOf(
  { publicIp, registeredFrom = publicIp, endpointAllow = [] }: Grantee,
): {
  readonly registeredFrom: string;
  readonly endpointAllow: readonly string[];
} {
  return { registeredFrom, endpointAllow };
}
