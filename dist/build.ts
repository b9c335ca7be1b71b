/**
 * Builds the executables: `deno task build`, `deno task clean`.
 *
 * Each is bundled first and then compiled. Where the base runtime of `deno compile` is neither at `DENORT_BIN` nor to
 * be downloaded, a self-extracting executable is made instead (see `src/decisions/0007-where-the-build-lives.md`).
 */
import { parseArgs } from "node:util";
import denoJson from "../deno.json" with { type: "json" };
import { type Artefact, ARTEFACTS } from "./build/artefact.ts";
import { Builder, type Built } from "./build/builder.ts";
import { Progress } from "./build/progress.ts";
import { sourceFacts } from "./build/source_facts.ts";

const EXIT_USAGE = 64;
const EXIT_FAILED = 1;

const HELP = `Builds the Opsen executables into dist/.

Usage: deno task build [--role ROLE] [--out FOLDER] [--self-extracting] [--json]
       deno task clean

Options:
  --role ROLE        ${
  ARTEFACTS.map(({ role }) => role).join(", ")
} or all (default)
  --out FOLDER       where the executables go, by default dist/
  --self-extracting  don't try to compile
  --json             print what was built as JSON
  --clean            remove what earlier builds left
`;

/** What the command line asks for. */
interface Request {
  readonly artefacts: readonly Artefact[];
  readonly out: string;
  readonly isSelfExtracting: boolean;
  readonly isJson: boolean;
  readonly task: "build" | "clean" | "help";
}

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs the build with these arguments; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const request = parseRequest(args);
  if (typeof request === "string") {
    console.error(`${request}\n\n${HELP}`);
    return EXIT_USAGE;
  }
  switch (request.task) {
    case "help":
      console.log(HELP);
      return 0;
    case "clean":
      await clean(request.out);
      return 0;
    case "build":
      return await build(request);
  }
}

async function build(request: Request): Promise<number> {
  const startedMs = performance.now();
  const root = decodeURIComponent(new URL("..", import.meta.url).pathname)
    .replace(/\/$/, "");
  try {
    await using builder = await Builder.open({
      root,
      out: request.out,
      version: denoJson.version,
      source: await sourceFacts(root),
      isSelfExtracting: request.isSelfExtracting,
      progress: new Progress(tell, Deno.stderr.isTerminal()),
    });
    const built: Built[] = [];
    for (const artefact of request.artefacts) {
      built.push(await builder.build(artefact));
    }
    const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1));
    console.log(
      request.isJson
        ? JSON.stringify({ version: denoJson.version, seconds, built })
        : table(built, seconds),
    );
    return 0;
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
        "role": { type: "string", default: "all" },
        "out": {
          type: "string",
          default: decodeURIComponent(new URL(".", import.meta.url).pathname),
        },
        "self-extracting": { type: "boolean", default: false },
        "json": { type: "boolean", default: false },
        "clean": { type: "boolean", default: false },
        "help": { type: "boolean", short: "h", default: false },
      },
    });
    const artefacts = ARTEFACTS.filter(({ role }) =>
      values.role === "all" || values.role === role
    );
    if (artefacts.length === 0) return `There is no role "${values.role}"`;
    return {
      artefacts,
      out: values.out.replace(/(?<=.)\/$/, ""),
      isSelfExtracting: values["self-extracting"],
      isJson: values.json,
      task: values.help ? "help" : values.clean ? "clean" : "build",
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function clean(out: string): Promise<void> {
  for (const name of [".build", "out", ...ARTEFACTS.map(({ file }) => file)]) {
    try {
      await Deno.remove(`${out}/${name}`, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function tell(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) {
    sent += Deno.stderr.writeSync(bytes.subarray(sent));
  }
}

function table(built: readonly Built[], seconds: number): string {
  const rows = built.map(({ file, kind, bytes, bundleBytes }) =>
    `${file.padEnd(24)} ${megabytes(bytes)} MB  ${kind}, bundle ${
      megabytes(bundleBytes)
    } MB`
  );
  return [...rows, `Built in ${seconds} s`].join("\n");
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1).padStart(6);
}
