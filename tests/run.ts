/**
 * All tests, as `deno task test` runs them: two processes side by side, because most of the time goes into waiting for
 * other processes. One of them has the tests that start programs, the other the rest; each runs its files one after the
 * other. With arguments it is `deno test` with the usual checks: `deno task test tests/edge --filter tunnel`.
 */
import { fileURLToPath } from "node:url";
import {
  addSummaries,
  readSummary,
  type Summary,
  summaryLine,
} from "./summary.ts";

const TESTS = fileURLToPath(new URL(".", import.meta.url));

/** What a leak of a test would leave to the next. */
const CHECKS = ["--trace-leaks", "--sanitize-ops", "--sanitize-resources"];

/** Tests that start programs, about half of the time of all. */
const WITH_PROCESSES: readonly string[] = [
  "attack",
  "dist",
  "drill_test.ts",
  "e2e",
];

/** Of the tests that compute: those that wait for other processes are to get a core when what they wait for comes. */
const NICENESS = 5;

/** The summary stands at the end, before a stack of the runtime's own at most. */
const SUMMARY_CHARS_MAX = 10_000;

if (import.meta.main) {
  Deno.exit(Deno.args.length > 0 ? await runSome(Deno.args) : await runAll());
}

/** Runs every test; prints what the first process says as it comes, then the other's, then the sum. */
export async function runAll(): Promise<number> {
  const startedAt = performance.now();
  const rest = [...Deno.readDirSync(TESTS)]
    .filter(({ name, isDirectory }) => isDirectory || name.endsWith("_test.ts"))
    .map(({ name }) => name)
    .filter((name) => !WITH_PROCESSES.includes(name)).toSorted();
  const first = start(WITH_PROCESSES, 0);
  const second = start(rest, NICENESS);
  const kept = new Response(second.stdout).text();
  const firstSummary = await printed(first.stdout);
  const text = await kept;
  console.log(text);
  const codes = [(await first.status).code, (await second.status).code];
  const summaries = [firstSummary, readSummary(text)];
  const seconds = (performance.now() - startedAt) / 1000;
  const known = summaries.filter((summary) => summary !== undefined);
  if (known.length < summaries.length) {
    console.log("Tests ended without a summary");
    return codes.find((code) => code !== 0) ?? 1;
  }
  console.log(summaryLine(addSummaries(known), seconds));
  return codes.find((code) => code !== 0) ?? 0;
}

async function runSome(args: readonly string[]): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", ...CHECKS, ...args],
  });
  return (await command.spawn().status).code;
}

/** Whatever a test prints on standard error belongs beside its name. */
function start(
  names: readonly string[],
  niceness: number,
): Deno.ChildProcess {
  const program = [Deno.execPath(), "test", "-A", ...CHECKS];
  const paths = names.map((name) => `${TESTS}${name}`);
  return new Deno.Command("sh", {
    args: [
      ...["-c", 'exec nice -n "$@" 2>&1', "sh", String(niceness)],
      ...[...program, ...paths],
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
}

async function printed(
  output: ReadableStream<Uint8Array>,
): Promise<Summary | undefined> {
  let end = "";
  const decoder = new TextDecoder();
  for await (const piece of output) {
    const text = decoder.decode(piece, { stream: true });
    await Deno.stdout.write(piece);
    end = (end + text).slice(-SUMMARY_CHARS_MAX);
  }
  return readSummary(end);
}
