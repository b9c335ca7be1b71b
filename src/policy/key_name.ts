/** Names of keys. They stand in lists, in paths and in the audit trail, and must not pass for somebody else's. */

/** What acts under a name of its own without being one of `api_keys`. */
const ACTORS: ReadonlySet<string> = new Set([
  "server_key",
  "anyone",
  "signal",
  "file",
  "url",
]);

/** Whether a name stands for something else: an actor, the credential of a backend, a key without a name. */
export function isReservedKeyName(name: string): boolean {
  return ACTORS.has(name) || /^(?:agent:|api_keys\[)/.test(name);
}

/** Whether a key that is made while the server runs may be called so: such names need no quoting anywhere. */
export function isKeyName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/.test(name) &&
    !isReservedKeyName(name);
}

/** What {@link isKeyName} asks for, as the end of a sentence. */
export const KEY_NAME_WANTED =
  `a name of at most 128 letters, digits, ".", "_", ":" and "-", first a letter or digit, other than "agent:…", ${
    [...ACTORS].map((name) => `"${name}"`).join(", ")
  }`;
