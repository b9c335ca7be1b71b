/**
 * Gets a database of places onto the disk: archive, checksum, content, and only then its place. Owns a private folder
 * beside the file, which is gone when it ends, well or not.
 */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { type CityDatabase, openCityDatabase } from "../geo/city_database.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { ArchiveError, DatabaseInArchive } from "./geoip_archive.ts";
import { fileFault, GeoipFault, interrupted } from "./geoip_fault.ts";
import type { ArchiveStream, GeoipServer } from "./geoip_server.ts";

/** What is to be had, and where it is to be. */
export interface DatabaseOrder {
  readonly server: GeoipServer;
  readonly edition: string;
  /** The file; its folder is there. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number, bytesTotal: number | undefined) => void;
}

/** A database that is in its place, with the time that the server says its archive was changed at. */
export interface DatabaseFile {
  readonly database: CityDatabase;
  readonly bytes: number;
  /** SHA-256 of the archive that it came in. */
  readonly checksum: string;
}

/** What the private folder is called, with more behind it. */
const FOLDER_PREFIX = ".opsen-geoip-";
/** Age at which a folder is from a download that was killed, milliseconds: a living one ends within the hour. */
const ABANDONED_MS = 4 * 3_600_000;

/** Everyone may read it: it holds nothing secret, and the server has another user often. */
const FILE_MODE = 0o644;

/** Downloads it and puts it at its path in one step; throws a {@link GeoipFault}, and the old file is as it was. */
export async function downloadDatabase(
  order: DatabaseOrder,
): Promise<DatabaseFile> {
  const path = await expectWritable(order.path);
  try {
    const dir = dirname(path);
    await removeAbandoned(dir);
    const folder = await Deno.makeTempDir({ dir, prefix: FOLDER_PREFIX });
    try {
      return await throughFolder(order, path, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  } catch (error) {
    throw isRefusedBySystem(error) ? fileFault(error, path) : error;
  }
}

async function throughFolder(
  { server, edition, signal, onProgress }: DatabaseOrder,
  path: string,
  folder: string,
): Promise<DatabaseFile> {
  const wanted = await server.checksum();
  const archive = join(folder, "archive");
  const stream = await server.archive();
  const checksum = await save(stream, archive, onProgress);
  if (checksum !== wanted) {
    throw new GeoipFault(
      `The archive has SHA-256 ${checksum}, wanted ${wanted}: it was damaged on its way, or replaced in this moment; try again`,
      EXIT_CODE.noGeoDatabase,
    );
  }
  const draft = join(folder, "database");
  const bytes = await unpack(archive, draft, signal);
  const database = await tried(draft, edition);
  if (signal.aborted) throw interrupted();
  await Deno.chmod(draft, FILE_MODE);
  const { changedMs } = stream;
  if (changedMs !== undefined) {
    const changed = new Date(changedMs);
    await Deno.utime(draft, changed, changed);
  }
  await Deno.rename(draft, path);
  return { database, bytes, checksum };
}

/** Each holds up to the size of a database, twice. What may not be removed is somebody else's. */
async function removeAbandoned(dir: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    if (!isDirectory || !name.startsWith(FOLDER_PREFIX)) continue;
    const path = join(dir, name);
    try {
      const { mtime } = await Deno.lstat(path);
      const ageMs = Date.now() - (mtime?.getTime() ?? Infinity);
      if (ageMs > ABANDONED_MS) await Deno.remove(path, { recursive: true });
    } catch {
      continue;
    }
  }
}

/** Writes the archive; its SHA-256. */
async function save(
  { pieces, bytesTotal }: ArchiveStream,
  path: string,
  onProgress: DatabaseOrder["onProgress"],
): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  using file = await newFile(path);
  for await (const piece of pieces) {
    hash.update(piece);
    await writeAll(file, piece);
    bytes += piece.length;
    onProgress(bytes, bytesTotal);
  }
  return hash.digest("hex");
}

/** Writes the database of an archive; its length. */
async function unpack(
  archive: string,
  path: string,
  signal: AbortSignal,
): Promise<number> {
  const tar = new DatabaseInArchive();
  let bytes = 0;
  using file = await newFile(path);
  try {
    for await (const piece of unpacked(await Deno.open(archive))) {
      if (signal.aborted) throw interrupted();
      for (const part of tar.take(piece)) {
        await writeAll(file, part);
        bytes += part.length;
      }
    }
    tar.end();
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new GeoipFault(
      `Cannot use what was downloaded: the archive ${error.message}`,
      EXIT_CODE.noGeoDatabase,
    );
  }
  await file.sync();
  return bytes;
}

async function* unpacked(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  const octets = file.readable.pipeThrough(new DecompressionStream("gzip"));
  try {
    yield* octets;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ArchiveError("is no gzip file, or a damaged one");
  }
}

async function tried(draft: string, edition: string): Promise<CityDatabase> {
  const bytes = await Deno.readFile(draft);
  try {
    return openCityDatabase(bytes, `${edition}.mmdb in the archive`);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new GeoipFault(error.message, EXIT_CODE.noGeoDatabase);
  }
}

/** The path with links followed, so that a link goes on leading to the file. */
async function expectWritable(path: string): Promise<string> {
  const { usage } = EXIT_CODE;
  const folder = dirname(path);
  const folderFault = () =>
    new GeoipFault(
      `--output: there is no folder "${folder}" for "${
        basename(path)
      }"; make it first, or name another file`,
      usage,
    );
  let isFolder;
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    if (isFile) return await Deno.realPath(path);
    isFolder = isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory) throw folderFault();
    if (!(error instanceof Deno.errors.NotFound)) throw fileFault(error, path);
    const isThere = await Deno.stat(folder).then(
      (at) => at.isDirectory,
      () => false,
    );
    if (!isThere) throw folderFault();
    return path;
  }
  // A device or a pipe would give way to the file.
  throw new GeoipFault(
    isFolder
      ? `--output: "${path}" is a folder, wanted a file such as "${
        join(path, "GeoLite2-City.mmdb")
      }"`
      : `--output: "${path}" is no file, wanted one or a new one`,
    usage,
  );
}

async function newFile(path: string): Promise<Deno.FsFile> {
  return await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
}

async function writeAll(file: Deno.FsFile, octets: Uint8Array): Promise<void> {
  for (let sent = 0; sent < octets.length;) {
    sent += await file.write(octets.subarray(sent));
  }
}

/** Errors of system calls have a code such as ENOSPC; whatever has none is a mistake of ours. */
function isRefusedBySystem(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    typeof error.code === "string";
}
