/** Has a server change its configuration, for the commands that do, and tells what came of it. */
import type { ProblemBody } from "../wire/answers.ts";
import { type ReloadAnswer, reloadAnswer } from "../wire/config_answer.ts";
import { type ApiCall, callApi, targetOf } from "./api_client.ts";
import { EXIT_CODE } from "./exit_code.ts";
import {
  type AskOptions,
  detailOf,
  endRefused,
  endUnreachable,
  endUsage,
} from "./server_answer.ts";
import type { Shell } from "./shell.ts";

/** The server itself may wait 10 s for the host of config_url. */
export const RELOAD_TIMEOUT_SECONDS = "30";

/** What the exit codes of these commands mean. */
export const CONFIG_EXIT_HELP =
  "\nExit codes: 0 in force, 64 the configuration is refused and the old one stays, 1 otherwise refused, 2 unreachable";

/** Asks, prints and says how the command ends. */
export async function reloadCall(
  { path, body }: Pick<ApiCall<ReloadAnswer>, "path" | "body">,
  options: AskOptions,
  shell: Shell,
): Promise<void> {
  const target = targetOf(options, shell);
  if (typeof target === "string") return endUsage(target, shell);
  const outcome = await callApi(target, { path, body, answers: reloadAnswer });
  switch (outcome.kind) {
    case "answer":
      return shell.out(
        options.json
          ? `${JSON.stringify(outcome.answer)}\n`
          : answerWords(outcome.answer),
      );
    case "refused": {
      const { problem } = outcome;
      endRefused(outcome, refusalWords(problem, path), options, shell);
      if (problem.code === "config_refused") shell.exitWith(EXIT_CODE.usage);
      return;
    }
    case "unreachable":
      return endUnreachable(outcome, options, shell);
  }
}

/** The problem lines as at start, then what holds now. */
function refusalWords(problem: ProblemBody, path: string): string {
  const lines = problem.problems ?? [];
  return lines.map((line) => `${line}\n`).join("") + detailOf(problem, path);
}

function answerWords(answer: ReloadAnswer): string {
  const { version, changed, needs_restart: waiting, notes } = answer;
  const lines = [
    answer.outcome === "unchanged"
      ? `Unchanged, version ${version} is in force`
      : `Version ${version} is in force${originOf(answer)}: ${
        changed.length === 0 ? "no value changed" : changed.join(", ")
      }`,
    ...(waiting.length === 0
      ? []
      : [`After a restart only: ${waiting.join(", ")}`]),
    ...notes,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function originOf({ rolled_back_to: version }: ReloadAnswer): string {
  return version === undefined ? "" : ` with what version ${version} was`;
}
