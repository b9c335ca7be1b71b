/** Makes plain JavaScript of a program and everything it imports. */
import { runDeno } from "./run_deno.ts";
import type { TarFile } from "./tar.ts";

/** A bundled program. */
export interface Program {
  /** Path of its entry module. */
  readonly entry: string;
  /** All of its modules, the entry among them, in the order of their names. */
  readonly modules: readonly TarFile[];
}

/**
 * Bundles the module at `entry` into the empty folder, minified; both are absolute paths. What the program imports lazily
 * becomes modules of their own: in a single file every `node:` module that any command needs would be loaded at each
 * start, which costs the client 20 MB of memory and each command 40 ms.
 */
export async function bundle(
  root: string,
  entry: string,
  folder: string,
): Promise<Program> {
  const config = `${root}/deno.json`;
  const options = [
    "--minify",
    "--platform",
    "deno",
    "--code-splitting",
    "--config",
    config,
    "--outdir",
    folder,
  ];
  const { isOk, stderr } = await runDeno(["bundle", ...options, entry], root);
  if (!isOk) throw new Error(`Cannot bundle "${entry}": ${stderr.trim()}`);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return {
    entry: `${folder}/${entry.replace(/^.*\//, "").replace(/\.ts$/, ".js")}`,
    modules: names.map((name) => ({
      name,
      content: Deno.readFileSync(`${folder}/${name}`),
    })),
  };
}
