/** Files that the configuration names, such as certificates. */

/** A file that the configuration names can't be used. */
export class UnusableFileError extends Error {
  override readonly name = "UnusableFileError";
}

/** The text of a file that a key of the configuration names; rejects with the key, the path and the reason. */
export async function readNamedFile(
  key: string,
  path: string,
): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableFileError(`Cannot read ${key} "${path}": ${reason}`, {
      cause: error,
    });
  }
}
