/** What servers that were killed left behind: folders with a socket that nobody listens on any more. */
import { basename } from "node:path";

/** Folders looked at; each start finds what the one before left, so there are few. */
const FOLDERS_MAX = 1_000;

/** Removes such folders beside this one, as far as this user may. A socket that somebody answers on stays. */
export async function removeDeadSockets(ownFolder: string): Promise<void> {
  const own = basename(ownFolder);
  const around = ownFolder.slice(0, -own.length);
  const prefix = own.slice(0, own.indexOf("-") + 1);
  let looked = 0;
  for (const { name, isDirectory } of await entriesOf(around)) {
    if (!isDirectory || !name.startsWith(prefix) || name === own) continue;
    if (++looked > FOLDERS_MAX) return;
    if (!await isDead(`${around}${name}/api`)) continue;
    // Somebody else's folder stays: this is tidying up and nothing more.
    await Deno.remove(around + name, { recursive: true }).catch(() => {});
  }
}

async function entriesOf(folder: string): Promise<readonly Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch {
    return [];
  }
}

async function isDead(path: string): Promise<boolean> {
  try {
    if (!(await Deno.lstat(path)).isSocket) return false;
    (await Deno.connect({ transport: "unix", path })).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused;
  }
}
