/** Looks at the machine that something is to be installed on, and at the program that runs. */
import type { MachineFacts } from "./plan.ts";

/** What the shell in front of a self-extracting program calls it; the program sees only its runtime. */
const EXECUTABLE_VARIABLE = "OPSEN_EXECUTABLE";

/** Facts about the machine at the folder `root`, "" for this one. */
export function machineFacts(root: string): MachineFacts {
  return {
    hasUser: /^opsen:/m.test(textOf(`${root}/etc/passwd`)),
    isFolder: root !== "",
    hasGoDatabase: isThere(`${root}/opt/opsen/opsen.db`) &&
      !isThere(`${root}/var/lib/opsen/opsen.db`),
  };
}

/**
 * What is wrong with `--prefix` and `--root`. An empty root, of a variable that nobody set, would be this machine; what
 * is removed below a prefix must not be looked for in the working directory.
 */
export function siteFault(
  { prefix, root }: { readonly prefix: string; readonly root?: string },
): string | undefined {
  if (!/^\/[\w./-]*$/.test(prefix)) {
    return `--prefix: found "${prefix}", wanted an absolute path without spaces`;
  }
  if (root === undefined || (root !== "" && isFolder(root))) return undefined;
  return `--root: found "${root}", wanted a folder that is there`;
}

/** Why nothing can be installed or removed there, and what to do; undefined when it can. */
export function obstacle(root: string): string | undefined {
  if (
    textOf(`${root}/var/lib/dpkg/info/opsen.list`).includes("/usr/bin/opsen")
  ) {
    return "The Debian package opsen is installed, and its files are dpkg's: apt install or apt remove changes them";
  }
  if (root !== "") return undefined;
  if (Deno.uid() !== 0) {
    return "Only root can install: run it with sudo, or with --dry-run to see what it would do";
  }
  if (!isThere("/run/systemd/system")) {
    return "Services are systemd's, which does not run here: --root FOLDER prepares an image, or run opsen as it is";
  }
  return undefined;
}

/** Path of the running executable; undefined when it is Deno that runs the sources. */
export function runningExecutable(
  env: (name: string) => string | undefined,
): string | undefined {
  const named = env(EXECUTABLE_VARIABLE);
  if (named !== undefined && named !== "") return named;
  const path = Deno.execPath();
  return /(^|\/)deno$/.test(path) ? undefined : path;
}

/** Runs a program; what it said when it failed. */
export async function runProgramOf(
  [program, ...args]: readonly [string, ...string[]],
): Promise<string | undefined> {
  try {
    const command = new Deno.Command(program, { args, stdout: "null" });
    const { success, code, stderr } = await command.output();
    if (success) return undefined;
    return new TextDecoder().decode(stderr).trim() || `exit code ${code}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "it is not here";
    throw error;
  }
}

/** Whether something is there. */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
