/**
 * Notices that a file changed, by looking: a rename that replaces it, and file systems that report nothing, are seen like
 * any other change. Owns what it saw last.
 */

/** Tells the files at these paths from what they were; equal marks mean that nothing was written. */
export type MarkFiles = (paths: readonly string[]) => Promise<string>;

/** Looks at files. */
export class FileWatch {
  readonly #mark: MarkFiles;
  /** The marks at the last look, and those that were acted on. */
  #seen: string | undefined;
  #settled: string | undefined;

  constructor(mark: MarkFiles = markOf) {
    this.#mark = mark;
  }

  /**
   * Looks at the files. True when they changed since they were last acted on and are what they were at the look before:
   * an editor may still be writing otherwise. What is stable for the first time counts as changed, as it may have been
   * since it was loaded.
   */
  async look(paths: readonly string[]): Promise<boolean> {
    const mark = await this.#mark(paths);
    const isStable = mark === this.#seen;
    this.#seen = mark;
    if (!isStable || mark === this.#settled) return false;
    this.#settled = mark;
    return true;
  }

  /** Nothing is looked at any more: the next look is a first one. */
  rest(): void {
    this.#seen = undefined;
    this.#settled = undefined;
  }
}

/**
 * Which file each path leads to, how long it is, and when it and its entry changed; what is not there has a mark too. Links
 * are followed, so that one which is bent to another file counts, as Kubernetes renews certificates.
 */
export async function markOf(paths: readonly string[]): Promise<string> {
  const marks = await Promise.all(paths.map(async (path) => {
    try {
      const { dev, ino, size, mtime, ctime } = await Deno.stat(path);
      return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
    } catch {
      return "none";
    }
  }));
  return paths.map((path, index) => `${path}\n${marks[index]}`).join("\n");
}
