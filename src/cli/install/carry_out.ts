/** Carries steps out, or says what carrying them out would do. */
import type { Owner, Step } from "./step.ts";

/** Where and how. */
export interface Site {
  /** The folder that stands for the machine, "" for the machine itself. */
  readonly root: string;
  readonly isDryRun: boolean;
  /** Hears of each step, one line. */
  readonly say: (line: string) => void;
  /** Runs a program; the reason when it failed. */
  readonly run: (
    command: readonly [string, ...string[]],
  ) => Promise<string | undefined>;
}

/** Numbers of a user and its group. */
interface Account {
  readonly user: number;
  readonly group: number;
}

/** Does the steps in their order. Returns why it could not go on; undefined when everything is done. */
export async function carryOut(
  steps: readonly Step[],
  site: Site,
): Promise<string | undefined> {
  for (const step of steps) {
    const fault = step.kind === "copy" ? unreadable(step.from) : undefined;
    if (fault !== undefined) return fault;
  }
  for (const step of steps) {
    if (step.kind === "run") {
      const words = step.command.join(" ");
      site.say(`run     ${words}`);
      const reason = site.isDryRun ? undefined : await site.run(step.command);
      if (reason === undefined) continue;
      if (step.isNeeded) return `"${words}" failed: ${reason}`;
      site.say(`        which failed: ${reason}`);
      continue;
    }
    const path = `${site.root}${step.path}`;
    try {
      site.say(`${change(step, path, site).padEnd(8)}${step.path}`);
    } catch (error) {
      // Who may only ask may not look everywhere.
      if (site.isDryRun && error instanceof Deno.errors.PermissionDenied) {
        site.say(`unseen  ${step.path}`);
        continue;
      }
      return `Cannot write "${path}": ${
        error instanceof Error ? error.message : error
      }`;
    }
  }
  return undefined;
}

/** Nothing is begun that could not be ended. */
function unreadable(path: string): string | undefined {
  try {
    Deno.openSync(path).close();
    return undefined;
  } catch (error) {
    return `Cannot read "${path}": ${
      error instanceof Error ? error.message : error
    }`;
  }
}

type FileStep = Exclude<Step, { readonly kind: "run" }>;

/** One word for what was, or would be, done. */
function change(step: FileStep, path: string, site: Site): string {
  const does = !site.isDryRun;
  switch (step.kind) {
    case "folder": {
      const isThere = exists(path);
      if (does) {
        Deno.mkdirSync(path, { recursive: true });
        // A folder that was there has the owner that a person gave it.
        if (!isThere) own(path, step.mode, step.owner, site.root);
      }
      return isThere ? "keep" : "make";
    }
    case "write": {
      const before = read(path);
      if (before !== undefined && step.isKept) return "keep";
      const bytes = new TextEncoder().encode(step.text);
      return replace(step, path, bytes, before, site);
    }
    case "copy":
      return replace(
        step,
        path,
        Deno.readFileSync(step.from),
        read(path),
        site,
      );
    case "link":
      if (exists(path)) return "keep";
      if (does) Deno.symlinkSync(step.to, path);
      return "link";
    case "remove":
      if (!exists(path)) return "absent";
      if (does) Deno.removeSync(path, { recursive: true });
      return "remove";
  }
}

function replace(
  { mode, owner }: Extract<Step, { readonly kind: "write" | "copy" }>,
  path: string,
  bytes: Uint8Array,
  before: Uint8Array | undefined,
  { root, isDryRun }: Site,
): string {
  if (before !== undefined && isSame(before, bytes)) return "same";
  if (isDryRun) return before === undefined ? "write" : "replace";
  Deno.mkdirSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
  // Renamed into place, because a program that runs can't be written to.
  const draft = `${path}.new`;
  Deno.writeFileSync(draft, bytes, { mode: 0o600 });
  own(draft, mode, owner, root);
  Deno.renameSync(draft, path);
  return before === undefined ? "write" : "replace";
}

/** Only root can give files away; in a folder without the user they stay with whoever made them. */
function own(path: string, mode: number, owner: Owner, root: string): void {
  Deno.chmodSync(path, mode);
  const service = Deno.uid() === 0 ? account(root) : undefined;
  if (service === undefined) return;
  const group = owner === "root" ? 0 : service.group;
  Deno.chownSync(path, owner === "opsen" ? service.user : 0, group);
}

/** The user `opsen` (passwd(5)). */
function account(root: string): Account | undefined {
  const bytes = read(`${root}/etc/passwd`);
  if (bytes === undefined) return undefined;
  const match = /^opsen:[^:]*:(\d+):(\d+):/m.exec(
    new TextDecoder().decode(bytes),
  );
  return match === null
    ? undefined
    : { user: Number(match[1]), group: Number(match[2]) };
}

function read(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length &&
    one.every((byte, index) => byte === other[index]);
}
