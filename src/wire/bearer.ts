/** Where a request holds its key or token. */

/** Fields that may hold a key. */
export type KeyField = "x-api-key" | "authorization";

/** A key, and where it was. */
export interface ShownKey {
  readonly key: string;
  readonly field: KeyField;
}

/** The key that a request shows; undefined for none. `X-API-Key` counts before a bearer. */
export function shownKeyOf(
  fields: Pick<Headers, "get">,
): ShownKey | undefined {
  const key = fields.get("x-api-key");
  if (key !== null && key !== "") return { key, field: "x-api-key" };
  const bearer = bearerOf(fields.get("authorization"));
  return bearer === undefined
    ? undefined
    : { key: bearer, field: "authorization" };
}

/** The token of `Bearer TOKEN` (RFC 6750, section 2.1); the scheme's case does not matter. Undefined for other schemes. */
export function bearerOf(authorization: string | null): string | undefined {
  if (authorization === null) return undefined;
  return /^bearer +(\S+)$/i.exec(authorization)?.[1];
}
