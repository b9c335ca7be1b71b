/** Files that the configuration names, such as certificates. */

/** A file that the configuration names can't be used. */
export class UnusableFileError extends Error {
  override readonly name = "UnusableFileError";
}

/** Larger than any certificate with its chain, any bundle of authorities, any key. */
const FILE_BYTES_MAX = 1024 * 1024;

/** The text of a file that a key of the configuration names; rejects with the key, the path and the reason. */
export async function readNamedFile(
  key: string,
  path: string,
): Promise<string> {
  return new TextDecoder().decode(await readNamedBytes(key, path));
}

/** What a file of at most a mebibyte holds; rejects as {@link readNamedFile} does. */
export async function readNamedBytes(
  key: string,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    using file = await Deno.open(path);
    const bytes = new Uint8Array(FILE_BYTES_MAX + 1);
    let length = 0;
    while (length < bytes.length) {
      const count = await file.read(bytes.subarray(length));
      if (count === null) return bytes.slice(0, length);
      length += count;
    }
    throw new RangeError(`it holds more than ${FILE_BYTES_MAX} bytes`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableFileError(`Cannot read ${key} "${path}": ${reason}`, {
      cause: error,
    });
  }
}
