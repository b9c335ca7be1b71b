/** Reads the key or token of an `Authorization` field. */

/** The token of `Bearer TOKEN` (RFC 6750, section 2.1); the scheme's case does not matter. Undefined for other schemes. */
export function bearerOf(authorization: string | null): string | undefined {
  if (authorization === null) return undefined;
  return /^bearer +(\S+)$/i.exec(authorization)?.[1];
}
