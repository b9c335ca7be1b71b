/** How the bytes of a configuration file reach this room, which does no I/O of its own. */

/**
 * Bound of a configuration file. Ten thousand tiers are about half of it; more is a wrong file (a log, a device).
 */
export const CONFIG_BYTES_MAX = 1024 * 1024;

/** What is found instead of a file where there is nothing. */
export const NO_SUCH_FILE = "no such file";

/** What became of reading a file. */
export type FileContent =
  | { readonly kind: "read"; readonly bytes: Uint8Array }
  /** It holds more than the bound. */
  | { readonly kind: "too_large" }
  /** It can't be read; what was found instead, such as "no such file". */
  | { readonly kind: "unreadable"; readonly found: string };

/** Reads a file of at most `bytesMax` bytes, and never more than that into memory. */
export type FileReader = (path: string, bytesMax: number) => FileContent;
