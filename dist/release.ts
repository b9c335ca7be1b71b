/**
 * Makes a release in `dist/out/`: `deno task dist`. For each kind of machine executables, an archive and a Debian package,
 * with their sums and bills of materials; the same sources give the same bytes.
 */
import { parseArgs } from "node:util";
import denoJson from "../deno.json" with { type: "json" };
import { Progress } from "./build/progress.ts";
import { ReleaseMaker } from "./release/release_maker.ts";
import { type Target, targetsFor } from "./release/target.ts";

const EXIT_USAGE = 64;
const EXIT_FAILED = 1;

const HELP = `Makes a release in dist/out/.

Usage: deno task dist [--arch x64|arm64|all] [--skip-deb] [--out FOLDER] [--version VERSION] [--self-extracting]

Options:
  --arch ARCH        kind of machine, by default all
  --skip-deb         make no Debian packages
  --out FOLDER       where everything goes, by default dist/out/
  --version VERSION  call it this, for tests of an upgrade; by default that of deno.json
  --self-extracting  don't try to compile
`;

/** What the command line asks for. */
interface Request {
  readonly targets: readonly Target[];
  readonly hasDebian: boolean;
  readonly out: string;
  readonly version: string;
  readonly isSelfExtracting: boolean;
  readonly isHelp: boolean;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Makes the release that these arguments ask for; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const request = parseRequest(args);
  if (typeof request === "string") {
    console.error(`${request}\n\n${HELP}`);
    return EXIT_USAGE;
  }
  if (request.isHelp) {
    console.log(HELP);
    return 0;
  }
  const progress = new Progress(
    (text) => Deno.stderr.writeSync(new TextEncoder().encode(text)),
    Deno.stderr.isTerminal(),
  );
  const root = decodeURIComponent(new URL("..", import.meta.url).pathname)
    .replace(/\/$/, "");
  try {
    await using maker = await ReleaseMaker.open({ ...request, root, progress });
    for (const target of request.targets) await maker.make(target);
    const { files, notes } = await maker.finish();
    for (const { name, bytes } of files) {
      console.log(`${(bytes / 1e6).toFixed(1).padStart(7)} MB  ${name}`);
    }
    for (const note of notes) console.log(`Note: ${note}`);
    return maker.missing.length === 0 ? 0 : EXIT_FAILED;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return EXIT_FAILED;
  }
}

/** The request, or what is wrong with the arguments. */
function parseRequest(args: readonly string[]): Request | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        "arch": { type: "string", default: "all" },
        "skip-deb": { type: "boolean", default: false },
        "out": {
          type: "string",
          default: decodeURIComponent(
            new URL("out", import.meta.url).pathname,
          ),
        },
        "version": { type: "string", default: denoJson.version },
        "self-extracting": { type: "boolean", default: false },
        "help": { type: "boolean", short: "h", default: false },
      },
    });
    const targets = targetsFor(values.arch);
    if (targets.length === 0) {
      return `There is no kind of machine "${values.arch}"`;
    }
    if (!/^\d+\.\d+\.\d+([+~.-][a-z0-9.]+)?$/.test(values.version)) {
      return `"${values.version}" is no version such as 1.2.3`;
    }
    return {
      targets,
      hasDebian: !values["skip-deb"],
      out: values.out.replace(/(?<=.)\/$/, ""),
      version: values.version,
      isSelfExtracting: values["self-extracting"],
      isHelp: values.help,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
