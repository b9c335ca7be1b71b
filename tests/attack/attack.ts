/**
 * `deno task attack [--only TEXT] [--list] [--quick] [--json] [--driver epoll|deno]`: every abuse that the server is
 * held to stand, against real servers of this checkout (or of `OPSEN_BIN`). One line per case with what it expects.
 * `--only` takes the cases whose kind or name holds the text; `--quick` those that `deno task test` runs too.
 *
 * Ends with 1 when a case saw something else than it expects, with 64 when it is called wrongly. A case that needs what
 * this machine has not is told and counts as none.
 */
import { parseArgs } from "node:util";
import type { DriverName } from "../e2e/proxy_stage.ts";
import { type AttackCase, type AttackKind, NotTried } from "./case.ts";
import { KINDS } from "./kinds.ts";
import { AttackStage } from "./stage.ts";

const EXIT_USAGE = 64;
const USAGE =
  "Usage: deno task attack [--only TEXT] [--list] [--quick] [--json] [--driver epoll|deno]";

/** What a case came to. */
interface Result {
  readonly kind: string;
  readonly name: string;
  readonly expects: string;
  readonly outcome: "held" | "broken" | "not tried";
  /** What was seen, or why it was not tried; absent when it held. */
  readonly why?: string;
  readonly seconds: number;
}

interface Settings {
  readonly kinds: readonly AttackKind[];
  readonly driver: DriverName | "auto";
  readonly isList: boolean;
  readonly isJson: boolean;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs the cases; the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const settings = settingsOf(args);
  if (settings === undefined) {
    console.error(USAGE);
    return EXIT_USAGE;
  }
  const { kinds, driver, isList, isJson } = settings;
  if (isList) {
    for (const { kind, cases } of kinds) {
      for (const { name, expects } of cases) {
        console.log(`${kind}: ${name}: expects ${expects}`);
      }
    }
    return 0;
  }
  const results: Result[] = [];
  for (const { kind, cases } of kinds) {
    await using stage = new AttackStage(driver);
    for (const each of cases) {
      const result = await resultOf(kind, each, stage);
      results.push(result);
      if (!isJson) console.log(lineOf(result));
    }
  }
  const broken = results.filter(({ outcome }) => outcome === "broken");
  if (isJson) console.log(JSON.stringify({ results }));
  else console.log(summaryOf(results));
  return broken.length === 0 ? 0 : 1;
}

async function resultOf(
  kind: string,
  { name, expects, run }: AttackCase,
  stage: AttackStage,
): Promise<Result> {
  const startMs = performance.now();
  const ended = (outcome: Result["outcome"], why?: string): Result => ({
    ...{ kind, name, expects, outcome, ...(why !== undefined && { why }) },
    seconds: Number(((performance.now() - startMs) / 1000).toFixed(1)),
  });
  try {
    await run(stage);
    return ended("held");
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(`${error}`);
    return error instanceof NotTried
      ? ended("not tried", message)
      : ended("broken", message);
  }
}

function lineOf(result: Result): string {
  const { kind, name, expects, outcome, why, seconds } = result;
  const line =
    `${outcome.toUpperCase()} ${kind}: ${name}: expects ${expects} (${seconds} s)`;
  return why === undefined ? line : `${line}\n  ${why}`;
}

function summaryOf(results: readonly Result[]): string {
  const count = (wanted: Result["outcome"]) =>
    results.filter(({ outcome }) => outcome === wanted).length;
  return `${results.length} cases: ${count("held")} held, ${
    count("broken")
  } broken, ${count("not tried")} not tried`;
}

function settingsOf(args: readonly string[]): Settings | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string", default: "" },
        driver: { type: "string", default: "auto" },
        list: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    });
    const { only, driver, list: isList, quick, json: isJson } = values;
    if (driver !== "auto" && driver !== "epoll" && driver !== "deno") {
      return undefined;
    }
    const kinds = KINDS.map(({ kind, cases }) => ({
      kind,
      cases: cases.filter(({ name, isQuick = false }) =>
        `${kind}: ${name}`.includes(only) && (isQuick || !quick)
      ),
    })).filter(({ cases }) => cases.length > 0);
    return kinds.length === 0 ? undefined : { kinds, driver, isList, isJson };
  } catch {
    return undefined;
  }
}
