/** Makes plain JavaScript of a program and everything it imports. */
import { LINES_FILE } from "../../src/log/bundle_lines.ts";
import { callLines } from "./call_lines.ts";
import { runDeno } from "./run_deno.ts";
import { stableNames } from "./stable_names.ts";
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
    "--sourcemap=external",
    "--config",
    config,
    "--outdir",
    folder,
  ];
  const { isOk, stderr } = await runDeno(["bundle", ...options, entry], root);
  if (!isOk) throw new Error(`Cannot bundle "${entry}": ${stderr.trim()}`);
  stableNames(folder);
  await tellLines(folder, root);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return {
    entry: `${folder}/${entry.replace(/^.*\//, "").replace(/\.ts$/, ".js")}`,
    modules: names.map((name) => ({
      name,
      content: Deno.readFileSync(`${folder}/${name}`),
    })),
  };
}

/** Puts a small table in the place of the source maps, with what a log says of them. */
async function tellLines(folder: string, root: string): Promise<void> {
  const maps = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".js.map"));
  const modules = await Promise.all(maps.map(async (map) => {
    const name = map.slice(0, -".map".length);
    const [text, json] = await Promise.all(
      [name, map].map((file) => Deno.readTextFile(`${folder}/${file}`)),
    );
    return { name, text: text ?? "", map: json ?? "" };
  }));
  const table = callLines(
    modules.toSorted((a, b) => a.name < b.name ? -1 : 1),
    { folder, root },
  );
  await Deno.writeTextFile(`${folder}/${LINES_FILE}`, JSON.stringify(table));
  for (const map of maps) await Deno.remove(`${folder}/${map}`);
}
