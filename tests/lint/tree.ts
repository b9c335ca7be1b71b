/** The files of the repository, as the house rules see them. */

/** What a build or a tool leaves behind; git ignores it too. */
const IGNORED: readonly RegExp[] = [
  /^\.git\//,
  /(^|\/)node_modules\//,
  /^coverage\//,
  /^dist\/(\.build\/|out\/|opsen(-server|-client)?$)/,
];

/** Files that were written by other programs and are kept as they are. */
const FOREIGN = "tests/fixtures/";

/** Endings of files that are text. */
const TEXT =
  /(^|\/)(LICENSE|\.gitignore|run|[^/]+\.(ts|js|json|lock|md|sh|yml|yaml|css|html|svg|txt|service|xml))$/;

/** The repository at a folder. */
export class Tree {
  readonly #root: URL;
  /** Every file that is tracked or would be, relative to the root, in order. */
  readonly paths: readonly string[];

  private constructor(root: URL, paths: readonly string[]) {
    this.#root = root;
    this.paths = paths;
  }

  /** Reads the repository's list of files from git, or from the disk where there is no git checkout. */
  static async open(root: URL): Promise<Tree> {
    const listed = await listWithGit(root) ?? [...walk(root, "")];
    const paths = listed.filter((path) =>
      !IGNORED.some((pattern) => pattern.test(path))
    );
    return new Tree(root, paths.sort());
  }

  /** The files whose path matches, but for fixtures. */
  matching(pattern: RegExp): readonly string[] {
    return this.paths.filter((path) =>
      pattern.test(path) && !path.startsWith(FOREIGN)
    );
  }

  /** The files that people wrote as text. */
  texts(): readonly string[] {
    return this.matching(TEXT);
  }

  /** The text of a file; fails in words when it is missing. */
  read(path: string): string {
    try {
      return Deno.readTextFileSync(new URL(path, this.#root));
    } catch (cause) {
      throw new Error(`Cannot read "${path}", which the house rules want`, {
        cause,
      });
    }
  }

  /** Whether a file or folder is there. */
  has(path: string): boolean {
    const folder = path.endsWith("/") ? path : `${path}/`;
    return this.paths.some((known) =>
      known === path || known.startsWith(folder)
    );
  }
}

/** Tracked files and those that are not ignored; undefined when git or its folder is missing. */
async function listWithGit(root: URL): Promise<readonly string[] | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      cwd: root,
      stderr: "null",
    }).output();
    if (!success) return undefined;
    const paths = new TextDecoder().decode(stdout).split("\0").filter((path) =>
      path !== ""
    );
    // A file that was removed but not yet in the index is listed still.
    return paths.filter((path) => isFile(new URL(path, root)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isFile(url: URL): boolean {
  try {
    return Deno.lstatSync(url).isFile;
  } catch {
    return false;
  }
}

function* walk(root: URL, folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, root))) {
    const path = `${folder}${name}${isDirectory ? "/" : ""}`;
    if (IGNORED.some((pattern) => pattern.test(path))) continue;
    if (isDirectory) yield* walk(root, path);
    else yield path;
  }
}
