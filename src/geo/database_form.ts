/** Whether octets are a whole database in MaxMind's format, before a reader that believes everything gets them. */
import type { Buffer } from "node:buffer";
import type { Reader, Response } from "maxmind";

type Metadata = Reader<Response>["metadata"];

/** What metadata begins with (MaxMind DB specification, "Database Metadata"). */
const METADATA_MARK = "\xab\xcd\xefMaxMind.com";

/** Metadata stands in the last octets of a file, so many at most (the same section). */
export const METADATA_BYTES_MAX = 128 * 1024;

/** Zeros between the tree and the records (the same, "Data Section Separator"). */
const SEPARATOR_BYTES = 16;

const GZIP_MARK = 0x1f8b;

/** Throws a `TypeError` with what the file is instead, where it has no metadata. */
export function expectMetadata(file: Buffer): void {
  if (file.length === 0) throw new TypeError("it is empty");
  if (file.length > 1 && file.readUInt16BE(0) === GZIP_MARK) {
    throw new TypeError("it is packed (gzip), wanted the .mmdb file in it");
  }
  expectMetadataIn(
    file.subarray(Math.max(0, file.length - METADATA_BYTES_MAX)),
  );
}

/** The same of the last {@link METADATA_BYTES_MAX} octets of a file. */
export function expectMetadataIn(end: Buffer): void {
  if (end.lastIndexOf(METADATA_MARK, undefined, "latin1") !== -1) return;
  throw new TypeError(
    "it is no MaxMind database, or not all of one: found no metadata at its end",
  );
}

/** Throws a `TypeError` where the file can't be what its metadata says. */
export function expectWhole(
  file: Buffer,
  { searchTreeSize, ipVersion, nodeCount, buildEpoch }: Metadata,
): void {
  if (Number.isNaN(buildEpoch.getTime())) {
    throw new TypeError("it is damaged: it does not say when it was built");
  }
  const isKnown = (ipVersion === 4 || ipVersion === 6) &&
    Number.isSafeInteger(searchTreeSize) && nodeCount > 0;
  const separator = isKnown
    ? file.subarray(searchTreeSize, searchTreeSize + SEPARATOR_BYTES)
    : [];
  const isWhole = separator.length === SEPARATOR_BYTES &&
    separator.every((octet) => octet === 0);
  if (!isWhole) {
    throw new TypeError(
      "it is damaged: its records don't begin where its metadata says",
    );
  }
}
