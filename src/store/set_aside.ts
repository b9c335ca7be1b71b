/**
 * Takes a damaged database out of the way, together with its log, for a person to look at. Nothing is ever deleted.
 * Bound: {@link SET_ASIDE_MAX} files beside one database.
 */
import { basename, dirname } from "node:path";
import { COMPANIONS } from "./damage.ts";

/** Files that may lie there: a disk that damages everything must not be filled with what it damaged. */
export const SET_ASIDE_MAX = 16;

/** Files beyond which somebody is told that they lie there. */
export const SET_ASIDE_USUAL = 3;

/** Renames the database to `PATH.damaged-yyyymmddThhmmssZ` and returns that. Throws when it can't be. */
export function setAside(path: string, wallMs: number): string {
  const count = setAsideCount(path);
  if (count >= SET_ASIDE_MAX) {
    throw new Error(
      `Cannot set the damaged database "${path}" aside: ${count} of them lie there already, wanted fewer than ${SET_ASIDE_MAX}`,
    );
  }
  const name = freeName(path, wallMs);
  // The database last: without it, SQLite would take a log for one that belongs to nothing, and remove it.
  for (const end of [...COMPANIONS, ""]) {
    try {
      Deno.renameSync(`${path}${end}`, `${name}${end}`);
    } catch (error) {
      if (end !== "" && error instanceof Deno.errors.NotFound) continue;
      throw new Error(
        `Cannot set the damaged database "${path}${end}" aside as "${name}${end}": ${
          error instanceof Error ? error.message : String(error)
        }`,
        { cause: error },
      );
    }
  }
  return name;
}

/** How many databases were set aside here. */
export function setAsideCount(path: string): number {
  const start = `${basename(path)}${MARK}`;
  let count = 0;
  for (const { name } of Deno.readDirSync(dirname(path))) {
    if (name.startsWith(start) && !isCompanion(name)) count++;
  }
  return count;
}

const MARK = ".damaged-";

/** The instant to the second; of several in one second each has a number. */
function freeName(path: string, wallMs: number): string {
  const stamp = new Date(wallMs).toISOString().slice(0, 19)
    .replaceAll(/[-:]/g, "");
  const name = `${path}${MARK}${stamp}Z`;
  const names = [
    name,
    ...Array.from({ length: SET_ASIDE_MAX }, (_, i) => `${name}-${i + 2}`),
  ];
  return names.find((candidate) => !isThere(candidate)) ?? name;
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function isCompanion(name: string): boolean {
  return COMPANIONS.some((end) => name.endsWith(end));
}
