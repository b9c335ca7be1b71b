/** Trees of small files that stand in for /proc and /sys. */
import { dirname, join } from "node:path";

/** The path of a tree under tests/fixtures. */
export function fixture(name: string): string {
  return new URL(`../fixtures/${name}`, import.meta.url).pathname;
}

/** Files by path relative to the tree's root. */
export type Files = Readonly<Record<string, string>>;

/** A temporary tree; removed when disposed. */
export class TemporaryTree implements Disposable {
  readonly root = Deno.makeTempDirSync({ prefix: "opsen-tree-" });

  constructor(files: Files = {}) {
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  /** Replaces a file as a whole, so that no reader sees half of it. */
  write(path: string, text: string): void {
    const target = join(this.root, path);
    Deno.mkdirSync(dirname(target), { recursive: true });
    Deno.writeTextFileSync(`${target}.new`, text);
    Deno.renameSync(`${target}.new`, target);
  }

  /** Removes a file. */
  remove(path: string): void {
    Deno.removeSync(join(this.root, path), { recursive: true });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}
