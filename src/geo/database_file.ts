/** Reads the file of a database as a whole, while the process goes on with other work. */

/** Several times the largest database of cities; whatever is larger is another file. */
const FILE_BYTES_MAX = 1024 ** 3;

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
    return await readAll(file, size, signal);
  } catch (error) {
    throw new Error(`Cannot read "${path}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
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
