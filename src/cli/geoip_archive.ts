/**
 * Finds the database in a tar archive. Owns one header and the counts of what has gone by; the content is handed on in
 * pieces. Names in an archive are looked at and never used as paths, and links are passed over.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format".
 */

/** An archive that can't be used, in words that continue "the archive …". */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

/** A block: headers have one, and content fills whole ones. */
const BLOCK_BYTES = 512;
/** MaxMind's archives have four members; this leaves room for more licences. */
const MEMBERS_MAX = 100;
/** All that an archive may unpack to: as much as a database may have, and a little for what lies beside it. */
const UNPACKED_BYTES_MAX = 1024 ** 3 + 1024 ** 2;

/** Fields of a header, as first octet and length. */
const NAME = [0, 100] as const;
const SIZE = [124, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE = 156;

/** Links, devices, folders and pipes: whatever size they state, no content follows. */
const TYPES_WITHOUT_CONTENT = "123456";
/** A regular file, the second as old archives have it. */
const FILE_TYPES = "0\0";

/** Takes a tar archive piece by piece and hands on the content of its one `.mmdb` file. */
export class DatabaseInArchive {
  readonly #header = new Uint8Array(BLOCK_BYTES);
  #headerLength = 0;
  /** Octets of the member's content, and of what fills its last block, that are still to come. */
  #content = 0;
  #filling = 0;
  #isWanted = false;
  #databases = 0;
  #members = 0;
  #stated = 0;
  #taken = 0;
  #isOver = false;

  /** The parts of `piece` that belong to the database; throws an {@link ArchiveError}. */
  *take(piece: Uint8Array): Generator<Uint8Array> {
    // Also what comes behind the end: a gigabyte of nothing packs to one megabyte.
    this.#taken += piece.length;
    expectBounded(this.#taken);
    for (let at = 0; at < piece.length && !this.#isOver;) {
      const left = piece.length - at;
      if (this.#content > 0) {
        const length = Math.min(left, this.#content);
        if (this.#isWanted) yield piece.subarray(at, at + length);
        this.#content -= length;
        at += length;
      } else if (this.#filling > 0) {
        const length = Math.min(left, this.#filling);
        this.#filling -= length;
        at += length;
      } else {
        const length = Math.min(left, BLOCK_BYTES - this.#headerLength);
        this.#header.set(piece.subarray(at, at + length), this.#headerLength);
        this.#headerLength += length;
        at += length;
        if (this.#headerLength === BLOCK_BYTES) this.#begin();
      }
    }
  }

  /** The archive has ended; throws an {@link ArchiveError} when that is too early, or there was no database in it. */
  end(): void {
    const isWhole = this.#content + this.#filling + this.#headerLength === 0;
    if (!isWhole) throw new ArchiveError("ends in the middle of a file");
    if (this.#databases === 0) {
      throw new ArchiveError("holds no file whose name ends in .mmdb");
    }
  }

  /** A header is there: a member begins, or the archive is over. */
  #begin(): void {
    this.#headerLength = 0;
    const header = this.#header;
    if (header.every((octet) => octet === 0)) {
      this.#isOver = true;
      return;
    }
    expectChecksum(header);
    if (++this.#members > MEMBERS_MAX) {
      throw new ArchiveError(`holds more than ${MEMBERS_MAX} files`);
    }
    const type = String.fromCharCode(header[TYPE] ?? 0);
    const size = TYPES_WITHOUT_CONTENT.includes(type) ? 0 : sizeIn(header);
    this.#stated += size;
    expectBounded(this.#stated);
    this.#content = size;
    this.#filling = (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES;
    this.#isWanted = FILE_TYPES.includes(type) &&
      textIn(header, NAME).endsWith(".mmdb");
    if (this.#isWanted && ++this.#databases > 1) {
      throw new ArchiveError("holds more than one .mmdb file, wanted one");
    }
  }
}

function expectBounded(bytes: number): void {
  if (bytes <= UNPACKED_BYTES_MAX) return;
  throw new ArchiveError(`unpacks to more than ${UNPACKED_BYTES_MAX} bytes`);
}

/** The sum of all octets of a header, its own field taken for spaces. */
function expectChecksum(header: Uint8Array): void {
  const [from, length] = CHECKSUM;
  let sum = 0;
  for (const [at, octet] of header.entries()) {
    sum += at >= from && at < from + length ? 0x20 : octet;
  }
  if (numberIn(header, CHECKSUM) !== sum) {
    throw new ArchiveError("has a damaged header, or is no tar archive");
  }
}

function sizeIn(header: Uint8Array): number {
  const size = numberIn(header, SIZE);
  if (size !== undefined) return size;
  throw new ArchiveError("has a file of a size that can't be read");
}

/** Octal digits; undefined for anything else, such as the binary form of what has 8 GiB or more. */
function numberIn(
  header: Uint8Array,
  field: readonly [number, number],
): number | undefined {
  const digits = textIn(header, field).trim();
  return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** Up to the first NUL. */
function textIn(
  header: Uint8Array,
  [from, length]: readonly [number, number],
): string {
  const text = new TextDecoder("latin1").decode(
    header.subarray(from, from + length),
  );
  const [said = ""] = text.split("\0", 1);
  return said;
}
