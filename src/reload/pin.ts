/** A rollback that holds, and whether what the sources hold is still what was rolled back. */
import type { Documents } from "../config/document.ts";
import { contentHash } from "./content_hash.ts";
import type { SourcesRead } from "./sources.ts";

/** What the sources held at a look. */
export interface SourceHashes {
  /** Of both documents. */
  readonly hash: string;
  /** Of the local file alone. */
  readonly fileHash: string;
}

/** A rollback that holds for as long as the sources have the content that was rolled back. */
export interface Pin {
  /** That content. */
  readonly from: SourceHashes;
  /** The kept version that is in force instead. */
  readonly version: number;
}

/** What documents are known by. */
export async function sourceHashes(
  documents: Documents,
): Promise<SourceHashes> {
  return {
    hash: await contentHash(documents),
    fileHash: await contentHash({ ...documents, overlay: undefined }),
  };
}

/**
 * Whether a rollback holds against what was found. While `config_url` says nothing, what stands for its document is no
 * news: then the file alone could end the rollback.
 */
export function isHeldBack(
  pin: Pin,
  { hash, fileHash }: SourceHashes,
  { isFresh }: Pick<SourcesRead, "isFresh">,
): boolean {
  return hash === pin.from.hash || !isFresh && fileHash === pin.from.fileHash;
}

/** A pin as the text of a file; that of none too. */
export function textOfPin(pin: Pin | undefined): string {
  const json = pin === undefined ? null : {
    from_hash: pin.from.hash,
    from_file_hash: pin.from.fileHash,
    version: pin.version,
  };
  return `${JSON.stringify(json)}\n`;
}

/** The pin in such JSON; undefined when it is none. */
export function pinOfJson(json: unknown): Pin | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { from_hash: hash, from_file_hash: fileHash, version } =
    json as Readonly<Record<string, unknown>>;
  return typeof hash === "string" && typeof fileHash === "string" &&
      typeof version === "number"
    ? { from: { hash, fileHash }, version }
    : undefined;
}
