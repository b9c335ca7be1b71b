/** Reads the file of a database as a whole, while the process goes on with other work. */
import { Buffer } from "node:buffer";
import { expectMetadataIn, METADATA_BYTES_MAX } from "./database_form.ts";

/** Several times the largest database of cities; whatever is larger is another file. */
const FILE_BYTES_MAX = 1024 ** 3;

/** A larger file gets no memory before its end was looked at: a wrong path must not cost a small machine its server. */
const UNSEEN_BYTES_MAX = 64 * 1024 ** 2;

/** As a whole, 60 MB would stop the process for some 50 ms: what the runtime read is copied once more. */
const CHUNK_BYTES = 1024 ** 2;

/**
 * What the file holds; rejects with one sentence that names the path, and the reason as its cause, also when the signal
 * aborts.
 */
export async function readDatabaseFile(
  path: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  try {
    // A pipe would keep whoever opens it, and a device would be read for ever.
    if (!(await Deno.stat(path)).isFile) throw new TypeError("it is no file");
    using file = await Deno.open(path);
    const { size } = await file.stat();
    if (size > FILE_BYTES_MAX) {
      throw new TypeError(`it holds more than ${FILE_BYTES_MAX} bytes`);
    }
    if (size > UNSEEN_BYTES_MAX) await expectMetadataAtEnd(file);
    return await readAll(file, size, signal);
  } catch (error) {
    throw new Error(`Cannot read "${path}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function expectMetadataAtEnd(file: Deno.FsFile): Promise<void> {
  const end = Buffer.alloc(METADATA_BYTES_MAX);
  await file.seek(-end.length, Deno.SeekMode.End);
  for (let length = 0; length < end.length;) {
    const count = await file.read(end.subarray(length));
    if (count === null) break;
    length += count;
  }
  expectMetadataIn(end);
  await file.seek(0, Deno.SeekMode.Start);
}

async function readAll(
  file: Deno.FsFile,
  size: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    signal?.throwIfAborted();
    const chunk = bytes.subarray(length, length + CHUNK_BYTES);
    const count = await file.read(chunk);
    // It became shorter meanwhile.
    if (count === null) return bytes.subarray(0, length);
    length += count;
  }
  return bytes;
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
