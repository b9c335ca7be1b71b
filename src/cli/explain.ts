/** `opsen route --explain`: what the server would decide now, and why. Nothing is booked. */
import * as z from "zod";
import { type RouteAnswer, routeAnswer } from "../wire/answers.ts";
import { type ExplainAnswer, explainAnswer } from "../wire/explain_answer.ts";
import { candidateTables } from "./candidate_tables.ts";
import { tallyOf } from "./decision_words.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { refusalOf } from "./refusal_words.ts";
import type { RouteAsk } from "./route_ask.ts";
import { type AskOptions, serverAnswer } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

/** What of the command's options this looks at. */
export interface ExplainOptions extends AskOptions {
  readonly all?: boolean;
}

/** An older server does not know the question, and answers by placing. */
const answers = z.union([explainAnswer, routeAnswer]);

/** Asks, and prints the tables. */
export async function explain(
  ask: RouteAsk,
  options: ExplainOptions,
  shell: Shell,
): Promise<void> {
  const call = { path: "/route?explain=1", answers, ...ask };
  const answer = await serverAnswer(call, options, shell, refusalOf);
  if (answer === undefined) return;
  if (options.json) shell.out(`${JSON.stringify(answer, null, 2)}\n`);
  if (!("decision" in answer)) {
    shell.err(bookedInstead(answer));
    return shell.exitWith(EXIT_CODE.refused);
  }
  if (!options.json) shell.out(textOf(answer, options.all === true));
  if (answer.decision === "refused") shell.exitWith(EXIT_CODE.refused);
}

function textOf(answer: ExplainAnswer, isAll: boolean): string {
  const chosen = answer.would_choose ?? undefined;
  return `${headingOf(answer)}\n${candidateTables(answer, { chosen, isAll })}`;
}

function headingOf(answer: ExplainAnswer): string {
  const { tier, mode, would_choose: chosen, candidates, tally } = answer;
  const rule = `(${mode} rule, nothing booked)`;
  if (chosen !== null) {
    const kept = answer.kept_by_session ? ", which keeps the session" : "";
    return `${tier}: would go to ${chosen}${kept} ${rule}`;
  }
  if (candidates.length === 0) return `${tier}: there are no backends ${rule}`;
  const reasons = tally === undefined ? "" : `: ${tallyOf(tally)}`;
  return `${tier}: would be refused, none of ${candidates.length} backends fits${reasons} ${rule}`;
}

function bookedInstead(answer: RouteAnswer): string {
  const release = answer.lease_id === undefined
    ? ""
    : `; \`opsen leases release ${answer.lease_id}\` frees it at once`;
  return `This server is older than --explain: it placed the session on ${answer.client_id}
The room is booked until it expires${release}
`;
}
