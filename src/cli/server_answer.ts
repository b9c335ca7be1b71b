/** Asks a server for a command; when there is no answer, says why and how the command ends. */
import { escapeInvisible } from "../log/escape_invisible.ts";
import type { ProblemBody } from "../wire/answers.ts";
import {
  type ApiCall,
  callApi,
  targetOf,
  type TargetOptions,
} from "./api_client.ts";
import { tryAgainIn } from "./decision_words.ts";
import { EXIT_CODE } from "./exit_code.ts";
import type { Shell } from "./shell.ts";

/** The options that say which server is asked, and whether a refusal is printed as JSON. */
export interface AskOptions extends TargetOptions {
  readonly json?: boolean;
}

/** A refusal in words, with its line ends. */
export type RefusalWords = (problem: ProblemBody, path: string) => string;

/** The answer; undefined when there is none, which the shell has been told then. */
export async function serverAnswer<Answer>(
  call: ApiCall<Answer>,
  options: AskOptions,
  shell: Shell,
  refusalWords: RefusalWords = detailOf,
): Promise<Answer | undefined> {
  const target = targetOf(options, shell);
  if (typeof target === "string") return void endUsage(target, shell);
  const outcome = await callApi(target, call);
  switch (outcome.kind) {
    case "answer":
      return outcome.answer;
    case "refused":
      if (options.json) shell.out(`${JSON.stringify(outcome.problem)}\n`);
      else shell.err(refusalWords(outcome.problem, call.path));
      return void shell.exitWith(EXIT_CODE.refused);
    case "unreachable":
      shell.err(`${outcome.reason}\n`);
      return void shell.exitWith(EXIT_CODE.unreachable);
  }
}

/** What the server says; an older one says of what it lacks only that there is no such page. */
export function detailOf(problem: ProblemBody, path: string): string {
  const { code, detail, retry_after_ms: retryAfterMs } = problem;
  if (code === "unknown_path") {
    return `This server has no ${
      path.split("?")[0]
    }: it is older than this command\n`;
  }
  const again = retryAfterMs === undefined ? "" : tryAgainIn(retryAfterMs);
  return `${escapeInvisible(detail)}\n${again}`;
}

/** Ends the command because of how it was called. */
export function endUsage(fault: string, shell: Shell): void {
  shell.err(`${fault}\n`);
  shell.exitWith(EXIT_CODE.usage);
}

/**
 * An id as a part of a path. Undefined for none, and for dots alone: URLs take those for folders, so that something
 * else would be asked.
 */
export function idInPath(id: string): string | undefined {
  return /^\.*$/.test(id) ? undefined : encodeURIComponent(id);
}
