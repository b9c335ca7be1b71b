/** `opsen health`: one line and an exit code for scripts and monitoring systems that watch a server. */
import { CommanderError } from "commander";
import { healthAnswer } from "../wire/answers.ts";
import {
  addTargetOptions,
  callApi,
  targetOf,
  type TargetOptions,
} from "./api_client.ts";
import type { Register } from "./command.ts";
import { EXIT_CODE } from "./exit_code.ts";
import {
  exitCodeOf,
  type HealthLimits,
  lineOf,
  type Verdict,
  verdictOf,
} from "./health_verdict.ts";
import type { Shell } from "./shell.ts";
import { withoutValues } from "./usage_words.ts";

interface HealthOptions extends TargetOptions {
  readonly warningActive?: string;
  readonly criticalActive?: string;
  readonly minActive?: string;
  readonly json?: boolean;
}

const HELP = `
Exit codes, as Nagios, Icinga and their like read them:
  0 OK
  1 WARNING   too few active backends, the database takes no writes, or most backends fail their probes
  2 CRITICAL  no answer, no backend that takes work, or fewer active than --critical-active
  3 UNKNOWN   what answers is no Opsen server or does not say, or the command line is wrong
Without limits an empty fleet is OK: whoever expects backends says how many.`;

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .option("--warning-active <n>", "WARNING with fewer active backends")
    .option("--critical-active <n>", "CRITICAL with fewer active backends")
    .option("--min-active <n>", "the same as --warning-active")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .exitOverride(({ exitCode, code, message }) => {
      if (exitCode === 0) throw new CommanderError(EXIT_CODE.ok, code, message);
      const [because = ""] = withoutValues(message.replace(/^error: /, ""))
        .split("\n");
      // What watches reads standard output alone.
      shell.out(`${lineOf({ status: "unknown", because }, NO_LIMITS, 0)}\n`);
      throw new CommanderError(EXIT_CODE.unknown, code, message);
    })
    .action((options: HealthOptions) => check(options, shell));
};

async function check(options: HealthOptions, shell: Shell): Promise<void> {
  const limits = limitsOf(options);
  const target = typeof limits === "string" ? limits : targetOf(options, shell);
  if (typeof limits === "string" || typeof target === "string") {
    const verdict: Verdict = { status: "unknown", because: String(target) };
    return tell(verdict, NO_LIMITS, 0, {}, options, shell);
  }
  const begun = performance.now();
  const outcome = await callApi(target, {
    path: "/health",
    answers: healthAnswer,
  });
  const tookMs = performance.now() - begun;
  const { url: server } = target;
  tell(verdictOf(outcome, limits), limits, tookMs, { server }, options, shell);
}

const NO_LIMITS: HealthLimits = { warning: 0, critical: 0 };

function tell(
  verdict: Verdict,
  limits: HealthLimits,
  tookMs: number,
  more: { readonly server?: string },
  { json = false }: HealthOptions,
  shell: Shell,
): void {
  shell.out(
    json
      ? `${JSON.stringify({ ...verdict, ...more })}\n`
      : `${lineOf(verdict, limits, tookMs)}\n`,
  );
  shell.exitWith(exitCodeOf(verdict));
}

/** What the flags say; what is wrong with them in words. */
function limitsOf(options: HealthOptions): HealthLimits | string {
  const { warningActive, criticalActive, minActive } = options;
  const said = [
    ["--warning-active", warningActive],
    ["--critical-active", criticalActive],
    ["--min-active", minActive],
  ] as const;
  for (const [flag, text] of said) {
    if (text === undefined || /^\d{1,9}$/.test(text)) continue;
    return `${flag}: found "${text}", wanted a whole number from 0`;
  }
  return {
    warning: Math.max(Number(warningActive ?? 0), Number(minActive ?? 0)),
    critical: Number(criticalActive ?? 0),
  };
}
