/**
 * Runs the tests with coverage and prints how many lines of each folder of `src/` and `ffi/` they ran:
 * `deno task coverage [--json]`. Ends with 1 when a test fails or a folder is below {@link COVERED_PERCENT_MIN}.
 *
 * A module that no test imports is missing from the runtime's report, which would flatter it; so one more test, made
 * in a temporary folder, imports every module. Programs that tests start are counted too.
 */
import { parseArgs } from "node:util";

/** What every folder must reach. */
export const COVERED_PERCENT_MIN = 80;

const EXIT_USAGE = 64;

/** Coverage of one folder or one file. */
export interface Coverage {
  /** Path relative to the repository. */
  readonly path: string;
  /** Lines that can run. */
  readonly lines: number;
  /** Lines that did. */
  readonly coveredLines: number;
}

if (import.meta.main) {
  Deno.exit(await main(Deno.args, new URL("../", import.meta.url)));
}

/** Measures the repository at `root`; returns the exit code. */
export async function main(
  args: readonly string[],
  root: URL,
): Promise<number> {
  const isJson = readJsonFlag(args);
  if (isJson === undefined) {
    console.error("Usage: deno task coverage [--json]");
    return EXIT_USAGE;
  }
  const folder = await Deno.makeTempDir({ prefix: "opsen-coverage-" });
  try {
    const isPassed = await runTests(root, folder);
    const folders = byFolder(
      parseLcov(await readLcov(root, `${folder}/raw`), pathOf(root)),
    );
    const low = folders.filter((folder) =>
      percentOf(folder) < COVERED_PERCENT_MIN
    );
    console.log(
      isJson
        ? JSON.stringify({
          passed: isPassed,
          percent_min: COVERED_PERCENT_MIN,
          folders,
        })
        : table(folders),
    );
    if (!isPassed) console.error("The tests failed");
    for (const { path } of low) {
      console.error(`"${path}" is below ${COVERED_PERCENT_MIN} %`);
    }
    if (folders.length === 0) {
      console.error('There is nothing to cover in "src"');
    }
    return isPassed && low.length === 0 && folders.length > 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The files of an lcov report (geninfo(1), FILES) that lie below `root`. */
export function parseLcov(text: string, root: string): readonly Coverage[] {
  const files: Coverage[] = [];
  for (const record of text.split("end_of_record")) {
    const path = /^SF:(.*)$/m.exec(record)?.[1];
    if (path === undefined || !path.startsWith(root)) continue;
    const counts = [...record.matchAll(/^DA:\d+,(\d+)/gm)].map((match) =>
      Number(match[1])
    );
    const coveredLines = counts.filter((count) => count > 0).length;
    files.push({
      path: path.slice(root.length),
      lines: counts.length,
      coveredLines,
    });
  }
  return files;
}

/** The files summed up by folder, in alphabetical order. */
export function byFolder(files: readonly Coverage[]): readonly Coverage[] {
  const sums = new Map<string, Coverage>();
  for (const { path, lines, coveredLines } of files) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const sum = sums.get(folder);
    sums.set(folder, {
      path: folder,
      lines: lines + (sum?.lines ?? 0),
      coveredLines: coveredLines + (sum?.coveredLines ?? 0),
    });
  }
  return [...sums.values()].sort((a, b) => a.path.localeCompare(b.path));
}

/** Whole percent, rounded down, so that 79.9 is not 80. */
export function percentOf({ lines, coveredLines }: Coverage): number {
  return lines === 0 ? 100 : Math.floor(coveredLines / lines * 100);
}

function table(folders: readonly Coverage[]): string {
  const width = Math.max(
    ...folders.map(({ path }) => path.length),
    "folder".length,
  );
  const row = (path: string, lines: string, covered: string, percent: string) =>
    `${path.padEnd(width)} ${lines.padStart(7)} ${covered.padStart(8)} ${
      percent.padStart(8)
    }`;
  return [
    row("folder", "lines", "covered", "percent"),
    ...folders.map((folder) =>
      row(
        folder.path,
        `${folder.lines}`,
        `${folder.coveredLines}`,
        `${percentOf(folder)} %`,
      )
    ),
  ].join("\n");
}

async function runTests(root: URL, folder: string): Promise<boolean> {
  const everything = `${folder}/import_everything_test.ts`;
  await Deno.writeTextFile(everything, await importEverything(root));
  const config = pathOf(new URL("deno.json", root));
  return await run(
    [
      "test",
      "-A",
      "--quiet",
      "--config",
      config,
      `--coverage=${folder}/raw`,
      "--coverage-raw-data-only",
      "tests/",
      everything,
    ],
    root,
    Deno.stderr,
  );
}

/** A test that imports every module; what a browser would run may throw here, and counts as not run. */
async function importEverything(root: URL): Promise<string> {
  const urls: string[] = [];
  for (const folder of ["src/", "ffi/"]) {
    await collectModules(new URL(folder, root), urls);
  }
  return `Deno.test("every module can be imported", async () => {
  for (const url of ${JSON.stringify(urls)}) await import(url).catch(() => {});
});\n`;
}

async function collectModules(folder: URL, urls: string[]): Promise<void> {
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const url = new URL(encodeURIComponent(name), folder);
      if (isDirectory) await collectModules(new URL(`${url}/`), urls);
      else if (name.endsWith(".ts") && !name.endsWith(".d.ts")) {
        urls.push(url.href);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function readLcov(root: URL, raw: string): Promise<string> {
  const output = `${raw}.lcov`;
  const include = `--include=^${root.href}(src|ffi)/`;
  await run(
    ["coverage", "--quiet", "--lcov", include, `--output=${output}`, raw],
    root,
    Deno.stderr,
  );
  return await Deno.readTextFile(output).catch(() => "");
}

/** Runs Deno with all its output sent to `sink`; whether it ended well. */
async function run(
  args: readonly string[],
  root: URL,
  sink: typeof Deno.stderr,
): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  await child.stdout.pipeTo(sink.writable, { preventClose: true });
  return (await child.status).success;
}

function readJsonFlag(args: readonly string[]): boolean | undefined {
  try {
    return parseArgs({
      args: [...args],
      options: { json: { type: "boolean", default: false } },
    }).values.json;
  } catch {
    return undefined;
  }
}

function pathOf(url: URL): string {
  return decodeURIComponent(url.pathname);
}
