/** Decides where the database file is, before anything is opened. */
import { basename, dirname } from "node:path";
import type { Spot } from "../config/given.ts";
import { problemLine } from "../config/problem.ts";

/** Where the database is, or why it can't be there. */
export type DatabasePath =
  | {
    readonly kind: "found";
    readonly path: string;
    /** What is to be said at start; undefined when the file is where everybody expects it. */
    readonly notice: string | undefined;
  }
  /** One line in the grammar of all configuration problems. */
  | { readonly kind: "unusable"; readonly problem: string };

/** What is asked of the file system. */
export interface Folders {
  isDirectory(path: string): boolean;
  /** Makes the folder and those above it; throws where that can't be done. */
  make(folder: string): void;
  /** Whether a file can be created in the folder. */
  isWritable(folder: string): boolean;
}

/**
 * The file that `database` names. A missing folder is made. Where nobody set the key (`spot` is undefined) and the
 * default folder can't be written, the file of the same name in the working directory takes its place.
 */
export function databasePath(
  database: string,
  spot: Spot | undefined,
  folders: Folders = systemFolders,
): DatabasePath {
  const folder = dirname(database);
  const fault = folderFault(folder, folders);
  if (spot === undefined) {
    if (fault === undefined && folders.isWritable(folder)) {
      return { kind: "found", path: database, notice: undefined };
    }
    const path = basename(database);
    const notice =
      `"${folder}" can't be written, so the database is "${path}" in the working directory`;
    return { kind: "found", path, notice };
  }
  const found = folders.isDirectory(database)
    ? `"${database}", which is a directory`
    : fault === undefined
    ? undefined
    : `"${database}", whose folder can't be made (${fault})`;
  if (found === undefined) {
    return { kind: "found", path: database, notice: undefined };
  }
  const wanted = "the path of a file in a folder that can be written";
  return {
    kind: "unusable",
    problem: problemLine({ spot, path: "database", found, wanted }),
  };
}

/** Why the folder is not there and can't be made; undefined when it is there. */
function folderFault(folder: string, folders: Folders): string | undefined {
  if (folders.isDirectory(folder)) return undefined;
  try {
    folders.make(folder);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const systemFolders: Folders = {
  isDirectory(path) {
    try {
      return Deno.statSync(path).isDirectory;
    } catch {
      return false;
    }
  },
  make: (folder) => Deno.mkdirSync(folder, { recursive: true }),
  isWritable(folder) {
    try {
      Deno.removeSync(
        Deno.makeTempFileSync({ dir: folder, prefix: ".opsen-" }),
      );
      return true;
    } catch {
      return false;
    }
  },
};
