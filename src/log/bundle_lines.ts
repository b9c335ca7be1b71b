/**
 * Places of a build's modules as places of the source they were made of. The build puts a table beside its modules,
 * `lines.json`, with one entry for each call that may say a line, some 30 kB in all; a source map would take megabytes.
 */

/** Name of the table, beside the modules. */
export const LINES_FILE = "lines.json";

/** By the name of a module: `LINE:COLUMN` in it, both from 1, to the place in the source. */
export type BundleTable = Readonly<
  Record<string, Readonly<Record<string, string>>>
>;

/** Looks places up; reads the table when it is first asked. */
export class BundleLines {
  #table: BundleTable | undefined;

  /** Where that place of the module, a path or URL, was in the source; what the module calls it when nobody knows. */
  lineOf(module: string, line: number, column: number): string {
    const name = module.slice(module.lastIndexOf("/") + 1);
    this.#table ??= readTable(module.slice(0, module.length - name.length));
    return this.#table[name]?.[`${line}:${column}`] ??
      `${name}:${line}:${column}`;
  }
}

/** Nothing that a log line needs may stop the program. */
function readTable(folder: string): BundleTable {
  try {
    const path = folder + LINES_FILE;
    const isUrl = path.startsWith("file:");
    return JSON.parse(Deno.readTextFileSync(isUrl ? new URL(path) : path));
  } catch {
    return {};
  }
}
