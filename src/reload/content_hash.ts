/** The content of a configuration as a hash: whether anything changed is decided by it, never by times of files. */
import type { ConfigDocument, Documents } from "../config/document.ts";
import type { FileContent, FileReader } from "../config/file_reader.ts";
import { referencedFiles } from "../config/referenced_files.ts";
import type { ServerConfig } from "../config/server_keys.ts";

/** Larger than any certificate with its chain; of a larger file only that it is larger counts. */
const FILE_BYTES_MAX = 1024 * 1024;

/** SHA-256 over the bytes of both documents, in hexadecimal digits. What can't be read counts by the reason. */
export async function contentHash(documents: Documents): Promise<string> {
  const parts = await Promise.all(
    [documents.file, documents.overlay].map(partHash),
  );
  return await sha256(new TextEncoder().encode(parts.join("\n")));
}

/** The hashes of the files that a configuration names, by key. */
export async function referencedHashes(
  config: ServerConfig,
  readFile: FileReader,
): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (const { key, path } of referencedFiles(config)) {
    hashes.set(key, await hashOf(readFile(path, FILE_BYTES_MAX)));
  }
  return hashes;
}

/** Keys of files whose content is another one; not those of files that are new or gone, as their key's value tells that. */
export function changedFiles(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): readonly string[] {
  return [...now].filter(([key, hash]) =>
    before.has(key) && before.get(key) !== hash
  ).map(([key]) => key);
}

async function partHash(document: ConfigDocument | undefined): Promise<string> {
  return document === undefined ? "none" : await hashOf(document.content);
}

async function hashOf(content: FileContent): Promise<string> {
  switch (content.kind) {
    case "read":
      return await sha256(content.bytes);
    case "too_large":
      return "too large";
    case "unreadable":
      return `unreadable: ${content.found}`;
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
  return new Uint8Array(digest).toHex();
}
