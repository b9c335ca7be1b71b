/** `opsen why`: a decision of the server's log with its candidates, or the latest decisions as a list. */
import {
  type DecisionAnswer,
  decisionAnswer,
  decisionsAnswer,
  type DecisionSummary,
} from "../wire/decision_answer.ts";
import { DECISIONS_PAGE_MAX } from "../wire/bounds.ts";
import { addTargetOptions } from "./api_client.ts";
import { candidateTables } from "./candidate_tables.ts";
import type { Register } from "./command.ts";
import { outcomeOf } from "./decision_words.ts";
import {
  type AskOptions,
  detailOf,
  endUsage,
  idInPath,
  type RefusalWords,
  serverAnswer,
} from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { textTable } from "./text_table.ts";

interface WhyOptions extends AskOptions {
  readonly limit?: string;
  readonly tier?: string;
  readonly refused?: boolean;
  readonly all?: boolean;
}

const LIMIT_DEFAULT = "20";
/** Which decisions a server can tell about. */
const WHAT_IS_KEPT =
  "The server remembers the newest decisions, as many as decision_log.entries says, and stores the share decision_log.sample_pct in its database";

/** Adds the command's argument, flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .argument("[request-id]", "id of the request, from X-Request-ID or a log")
    .option("--all", "every backend, however many there are")
    .option(
      "--limit <n>",
      `latest decisions to list (default ${LIMIT_DEFAULT})`,
    )
    .option("--tier <name>", "list decisions about this tier alone")
    .option("--refused", "list refusals alone")
    .option("--json", "print JSON as GET /_opsen/decisions answers it")
    .addHelpText("after", `\n${WHAT_IS_KEPT}.`)
    .action(async (id: string | undefined, options: WhyOptions) => {
      if (id === undefined) return await list(options, shell);
      const flag = listFlagIn(options);
      if (flag !== undefined) {
        return endUsage(`${flag}: wanted without a request id`, shell);
      }
      await showOne(id, options, shell);
    });
};

function listFlagIn({ limit, tier, refused }: WhyOptions): string | undefined {
  if (limit !== undefined) return "--limit";
  if (tier !== undefined) return "--tier";
  return refused ? "--refused" : undefined;
}

async function showOne(
  id: string,
  options: WhyOptions,
  shell: Shell,
): Promise<void> {
  const part = idInPath(id);
  if (part === undefined) {
    return endUsage(
      `request-id: found "${id}", wanted one such as k3v9x0qa-1f`,
      shell,
    );
  }
  const call = {
    path: `/_opsen/decisions/${part}`,
    answers: decisionAnswer,
  };
  const decision = await serverAnswer(call, options, shell, unknownWords);
  if (decision === undefined) return;
  shell.out(
    options.json
      ? `${JSON.stringify(decision, null, 2)}\n`
      : decisionText(decision, options.all === true),
  );
}

const unknownWords: RefusalWords = (problem, path) =>
  problem.code === "unknown_decision"
    ? `${problem.detail}\n${WHAT_IS_KEPT}\n`
    : detailOf(problem, path);

async function list(options: WhyOptions, shell: Shell): Promise<void> {
  const { limit = LIMIT_DEFAULT, tier, refused } = options;
  if (
    !/^[1-9][0-9]{0,8}$/.test(limit) || Number(limit) > DECISIONS_PAGE_MAX
  ) {
    return endUsage(
      `--limit: found "${limit}", wanted a whole number from 1 to ${DECISIONS_PAGE_MAX}`,
      shell,
    );
  }
  const query = new URLSearchParams({
    limit,
    ...(tier !== undefined && { tier }),
    ...(refused && { outcome: "refused" }),
  });
  const call = {
    path: `/_opsen/decisions?${query}`,
    answers: decisionsAnswer,
  };
  const answer = await serverAnswer(call, options, shell);
  if (answer === undefined) return;
  shell.out(
    options.json
      ? `${JSON.stringify(answer, null, 2)}\n`
      : listText(answer.decisions),
  );
}

function listText(decisions: readonly DecisionSummary[]): string {
  if (decisions.length === 0) return `No such decisions. ${WHAT_IS_KEPT}\n`;
  const columns = [
    { title: "REQUEST" },
    { title: "AT" },
    { title: "BY" },
    { title: "TIER" },
    { title: "OUTCOME" },
  ];
  return textTable(
    columns,
    decisions.map((decision) => [
      decision.request_id,
      decision.at.replace(/\.\d+Z$/, "Z"),
      decision.source,
      decision.tier,
      outcomeOf(decision),
    ]),
  );
}

function decisionText(decision: DecisionAnswer, isAll: boolean): string {
  const { explanation, client_id: chosen, lease_id: leaseId } = decision;
  const lease = leaseId === undefined ? "" : `, lease ${leaseId}`;
  const heading = `${decision.at}  ${askerOf(decision)}
${decision.tier}: ${outcomeOf(decision)}${lease}
`;
  if (explanation === undefined) return `${heading}${notExplained(decision)}\n`;
  const since = decision.waited_ms === undefined
    ? ""
    : "The candidates as they stood before it waited\n";
  return `${heading}${since}${candidateTables(explanation, { chosen, isAll })}`;
}

function askerOf(
  { source, sticky_id: stickyId, place }: DecisionSummary,
): string {
  const asker = source === "route" ? "POST /route" : "a proxied request";
  const session = stickyId === undefined ? "" : `, session ${stickyId}`;
  const from = place === undefined
    ? ""
    : `, from ${place.latitude},${place.longitude}`;
  return `asked by ${asker}${session}${from}`;
}

function notExplained({ not_explained_because: why }: DecisionAnswer): string {
  return `No candidates: ${why ?? "the server does not say why"}`;
}
