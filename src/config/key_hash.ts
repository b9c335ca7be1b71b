/** How the hash of a key is written in a configuration. */

/** SHA-256 as 64 hexadecimal digits in lower case, of `sha256:HEX` or the digits alone; undefined for anything else. */
export function configuredHash(text: string): string | undefined {
  return /^(?:sha256:)?([0-9a-f]{64})$/i.exec(text)?.[1]?.toLowerCase();
}
