/** Asks a server for a command; when there is no answer, says why and how the command ends. */
import { escapeInvisible } from "../log/escape_invisible.ts";
import type { ProblemBody } from "../wire/answers.ts";
import {
  type ApiCall,
  type ApiOutcome,
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
    case "refused": {
      const words = refusalWords(outcome.problem, call.path);
      return void endRefused(outcome, words, options, shell);
    }
    case "unreachable":
      return void endUnreachable(outcome, options, shell);
  }
}

/** Whether outcomes go to standard output as JSON. */
type Form = Pick<AskOptions, "json">;

/** Ends the command because the server said no. With `--json` the problem is what it prints, in the answer's place. */
export function endRefused(
  { problem, advice }: Refused,
  words: string,
  { json }: Form,
  shell: Shell,
): void {
  if (json) shell.out(`${JSON.stringify(problem)}\n`);
  else shell.err(words + adviceLine(advice));
  shell.exitWith(EXIT_CODE.refused);
}

/** A refusal with its advice. */
type Refused = Extract<ApiOutcome<unknown>, { readonly kind: "refused" }>;

/** The advice as a line, or nothing. */
export function adviceLine(advice: string | undefined): string {
  return advice === undefined ? "" : `${escapeInvisible(advice)}\n`;
}

/** Ends the command because no server answered; with `--json` that is a problem too, with the code `unreachable`. */
export function endUnreachable(
  { reason }: { readonly reason: string },
  { json }: Form,
  shell: Shell,
): void {
  if (json) shell.out(`${JSON.stringify(unreachableProblem(reason))}\n`);
  else shell.err(`${reason}\n`);
  shell.exitWith(EXIT_CODE.unreachable);
}

/** What no server said, in the shape of what one says. */
export function unreachableProblem(detail: string): ProblemBody {
  return {
    type: "urn:opsen:problem:unreachable",
    title: "No answer",
    status: 0,
    detail,
    code: "unreachable",
    request_id: "",
  };
}

/** Which command lists what there is, by the code of what a server says of an id that it does not know. */
const LISTED_BY: ReadonlyMap<string, string> = new Map([
  ["unknown_client", "opsen clients"],
  ["unknown_lease", "opsen leases"],
  ["unknown_session", "opsen sticky"],
  ["unknown_key", "opsen keys list"],
  ["unknown_token", "opsen token list"],
]);

/**
 * What the server says, and for an id that it does not know where those are that it does. An older server says of what it
 * lacks only that there is no such page.
 */
export function detailOf(problem: ProblemBody, path: string): string {
  const { code, detail, retry_after_ms: retryAfterMs } = problem;
  if (code === "unknown_path") {
    return `This server has no ${
      path.split("?")[0]
    }: it is older than this command\n`;
  }
  const again = retryAfterMs === undefined ? "" : tryAgainIn(retryAfterMs);
  const listed = LISTED_BY.get(code);
  const where = listed === undefined
    ? ""
    : `; "${listed}" lists those that there are`;
  return `${escapeInvisible(detail)}${where}\n${again}`;
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
