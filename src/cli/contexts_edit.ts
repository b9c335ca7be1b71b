/** Changes `contexts.yml` as a whole, keeping what its owner wrote around the change. */
import { dirname } from "node:path";
import { CONFIG_BYTES_MAX } from "../config/file_reader.ts";
import type { ContextsChange } from "./contexts_document.ts";
import { EXIT_CODE } from "./exit_code.ts";
import type { Shell } from "./shell.ts";

/** What a new file begins with. */
const HEADING =
  "# Named servers of opsen: `opsen context` lists and changes them. It may hold keys: chmod 600.\n";

/** Changes the file; readers see the old one or the new one. False when it can't be written, which the shell was told. */
export async function editContexts(
  path: string,
  shell: Shell,
  change: ContextsChange,
): Promise<boolean> {
  const { changedContexts } = await import("./contexts_document.ts");
  const content = shell.readFile(path, CONFIG_BYTES_MAX);
  const text = content.kind === "read"
    ? new TextDecoder().decode(content.bytes)
    : HEADING;
  const changed = changedContexts(text, change);
  try {
    replaceFile(path, changed);
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    shell.err(`Cannot write "${path}": ${reason}\n`);
    shell.exitWith(EXIT_CODE.ioError);
    return false;
  }
}

/** A crash on the way leaves the old file; the new one is for its owner alone from its first octet. */
function replaceFile(path: string, text: string): void {
  Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const target = linkTarget(path);
  const draft = `${target}.${crypto.randomUUID()}`;
  try {
    {
      using file = Deno.openSync(draft, {
        write: true,
        createNew: true,
        mode: 0o600,
      });
      const bytes = new TextEncoder().encode(text);
      for (let sent = 0; sent < bytes.length;) {
        sent += file.writeSync(bytes.subarray(sent));
      }
      file.syncSync();
    }
    Deno.renameSync(draft, target);
  } catch (error) {
    removeIfThere(draft);
    throw error;
  }
}

/** Who keeps the file elsewhere, behind a link, keeps the link. */
function linkTarget(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
