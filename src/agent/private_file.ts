/** Small files that only this client's user may read, and that are whole at any instant. Owns no state. */

/** Longest file that is read; a written one has some 200 bytes. */
const FILE_BYTES_MAX = 4096;

/** The text of a file, at most {@link FILE_BYTES_MAX} of it. Throws where it can't be read. */
export function readBounded(path: string): string {
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(FILE_BYTES_MAX);
  const length = file.readSync(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length));
}

/** Makes the folder when it is missing. */
export function makeFolder(folder: string): void {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Replaces a file in a folder: after a crash at any instant, the old or the new one is there whole. */
export function replacePrivately(
  folder: string,
  name: string,
  text: string,
): void {
  const path = `${folder}/${name}`;
  const temporary = `${path}.new`;
  removeIfThere(temporary);
  try {
    using file = Deno.openSync(temporary, {
      write: true,
      createNew: true,
      mode: 0o600,
    });
    writeAll(file, new TextEncoder().encode(text));
    file.syncSync();
    Deno.renameSync(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
  syncFolder(folder);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    written += file.writeSync(bytes.subarray(written));
  }
}

/** A rename is on the disk when its folder is. Some file systems can't do that, and then it is soon enough anyway. */
function syncFolder(folder: string): void {
  try {
    using file = Deno.openSync(folder);
    file.syncSync();
  } catch {
    return;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    return;
  }
}
