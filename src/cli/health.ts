/** `opsen health`: one line and an exit code for scripts that watch a server. */
import { type HealthAnswer, healthAnswer } from "../wire/answers.ts";
import {
  addTargetOptions,
  callApi,
  targetOf,
  type TargetOptions,
} from "./api_client.ts";
import type { Register } from "./command.ts";
import { EXIT_CODE } from "./exit_code.ts";

interface HealthOptions extends TargetOptions {
  readonly minActive: string;
  readonly json?: boolean;
}

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .option(
      "--min-active <n>",
      "degraded with fewer active backends than this",
      "0",
    )
    .option("--json", "print JSON")
    .addHelpText("after", "\nExit codes: 0 healthy, 1 degraded, 2 unreachable")
    .action(async (options: HealthOptions) => {
      const target = targetOf(options, shell);
      const minActive = Number(options.minActive);
      if (
        typeof target === "string" || !Number.isInteger(minActive) ||
        minActive < 0
      ) {
        const problem = typeof target === "string"
          ? target
          : `--min-active: found "${options.minActive}", wanted a whole number from 0`;
        shell.err(`${problem}\n`);
        return shell.exitWith(EXIT_CODE.usage);
      }
      const outcome = await callApi(target, {
        path: "/health",
        answers: healthAnswer,
      });
      const verdict = outcome.kind === "answer"
        ? judge(outcome.answer, minActive)
        : {
          status: "unreachable" as const,
          because: outcome.kind === "refused"
            ? outcome.problem.detail
            : outcome.reason,
        };
      shell.out(
        options.json
          ? `${JSON.stringify({ ...verdict, server: target.url })}\n`
          : `${lineOf(verdict)}\n`,
      );
      shell.exitWith(EXIT_CODE[verdict.status]);
    });
};

interface Verdict {
  readonly status: "healthy" | "degraded" | "unreachable";
  /** What is wrong; absent when nothing is. */
  readonly because?: string;
  readonly active?: number;
  readonly total?: number;
}

function judge(health: HealthAnswer, minActive: number): Verdict {
  const { active_clients: active, total_clients: total, store, panic } = health;
  const troubles: string[] = [];
  if (active < minActive) {
    troubles.push(`${active} active backends, wanted ${minActive}`);
  }
  if (store?.status === "degraded") {
    troubles.push(
      `the database takes no writes since ${store.since}: ${store.reason}`,
    );
  }
  if (total > 0 && health.available_clients === 0) {
    troubles.push(
      "no backend takes new work: all are stale, unhealthy, left out or drained",
    );
  }
  if (panic !== undefined) {
    const { out, of, mode } = panic;
    troubles.push(`panic (${mode}): ${out} of ${of} backends are out`);
  }
  return troubles.length === 0
    ? { status: "healthy", active, total }
    : { status: "degraded", because: troubles.join("; "), active, total };
}

function lineOf({ status, because, active, total }: Verdict): string {
  const backends = total === undefined
    ? ""
    : `, ${active} of ${total} backends active`;
  return `${status}${backends}${because === undefined ? "" : `: ${because}`}`;
}
