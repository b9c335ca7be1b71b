/** What a build says of the sources it was made of. */

/** Facts about the sources. */
export interface SourceFacts {
  /** The commit, with "-dirty" where files differ from it; without git SOURCE_COMMIT, else "unknown". */
  readonly commit: string;
  /** Seconds since 1970 that everything built is dated with: SOURCE_DATE_EPOCH, else the commit's time, else 0. */
  readonly epochSeconds: number;
}

/** Longest a look into git may take. */
const GIT_MS_MAX = 20_000;

/**
 * Facts about the sources in the folder `root`.
 *
 * @throws {Error} When SOURCE_DATE_EPOCH is set and no whole number
 * (https://reproducible-builds.org/specs/source-date-epoch/), or SOURCE_COMMIT is needed and no commit.
 */
export async function sourceFacts(
  root: string,
  epoch = Deno.env.get("SOURCE_DATE_EPOCH"),
  told = Deno.env.get("SOURCE_COMMIT"),
): Promise<SourceFacts> {
  const [head, changes, time] = await Promise.all([
    git(root, "rev-parse", "HEAD"),
    git(root, "status", "--porcelain"),
    git(root, "log", "-1", "--format=%ct"),
  ]);
  const commit = head === undefined
    ? commitOf(told ?? "")
    : `${head}${changes === "" ? "" : "-dirty"}`;
  return { commit, epochSeconds: secondsOf(epoch ?? time ?? "0") };
}

/** A container is built without the history. */
function commitOf(told: string): string {
  if (told === "") return "unknown";
  if (/^[0-9a-f]{7,64}(-dirty)?$/.test(told)) return told;
  throw new Error(
    `Cannot name the commit: SOURCE_COMMIT is "${told}", wanted its hexadecimal digits`,
  );
}

function secondsOf(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new Error(
    `Cannot date the build: SOURCE_DATE_EPOCH is "${text}", wanted whole seconds since 1970`,
  );
}

/** What git prints; undefined where there is no git or no checkout. */
async function git(
  root: string,
  ...args: readonly string[]
): Promise<string | undefined> {
  try {
    const command = new Deno.Command("git", {
      args: [...args],
      cwd: root,
      signal: AbortSignal.timeout(GIT_MS_MAX),
      stdin: "null",
      stderr: "null",
    });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
