/** Small files that are there whole or not at all. */

/** Replaces a file that only its owner may read: after a crash at any instant, the old or the new one is there whole. */
export async function writeAtomic(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await removeIfThere(temporary);
  try {
    using file = await Deno.open(temporary, {
      write: true,
      createNew: true,
      mode: 0o600,
    });
    const bytes = new TextEncoder().encode(text);
    for (let sent = 0; sent < bytes.length;) {
      sent += await file.write(bytes.subarray(sent));
    }
    await file.sync();
    await Deno.rename(temporary, path);
  } catch (error) {
    await removeIfThere(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(path.slice(0, path.lastIndexOf("/")));
}

/** Removes a file, if there is one. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A rename is on the disk when its folder is. Some file systems can't do that, and then it is soon enough anyway. */
async function syncFolder(folder: string): Promise<void> {
  try {
    using file = await Deno.open(folder);
    await file.sync();
  } catch {
    return;
  }
}
