/** `opsen route`: asks a server where a session should go, and books it as any caller does; or asks why, and does not. */
import { type RouteAnswer, routeAnswer } from "../wire/answers.ts";
import { addTargetOptions } from "./api_client.ts";
import type { Register } from "./command.ts";
import { secondsOf } from "./decision_words.ts";
import { explain } from "./explain.ts";
import { refusalOf } from "./refusal_words.ts";
import { routeAskOf, type RouteFlags } from "./route_ask.ts";
import { type AskOptions, endUsage, serverAnswer } from "./server_answer.ts";

interface RouteOptions extends AskOptions, RouteFlags {
  readonly explain?: boolean;
  readonly all?: boolean;
}

/** Twice as long as an ask may wait for room by default. */
const TIMEOUT_SECONDS = "60";

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command, TIMEOUT_SECONDS)
    .requiredOption("--tier <name>", "what the session needs")
    .option("--from <place>", "caller's address, or latitude,longitude")
    .option(
      "--header <name: value>",
      "header to send, such as the sticky one; may be repeated",
      collect,
      [],
    )
    .option("--explain", "book nothing; show every backend and its score")
    .option("--all", "with --explain: every backend, however many there are")
    .option("--json", "print JSON as POST /route answers it")
    .addHelpText(
      "after",
      "\nExit codes: 0 placed, 1 refused, 2 unreachable. A placement books room until it expires.",
    )
    .action(async (options: RouteOptions) => {
      const ask = routeAskOf(options);
      if (typeof ask === "string") return endUsage(ask, shell);
      if (options.explain) return await explain(ask, options, shell);
      const call = { path: "/route", answers: routeAnswer, ...ask };
      const answer = await serverAnswer(call, options, shell, refusalOf);
      if (answer === undefined) return;
      shell.out(
        options.json ? `${JSON.stringify(answer)}\n` : `${lineOf(answer)}\n`,
      );
    });
};

function lineOf(answer: RouteAnswer): string {
  const { gpus, lease_id: leaseId, waited_ms: waitedMs } = answer;
  const facts = [
    answer.hostname,
    // Go's word for a distance that is not known.
    ...(answer.distance_km === 0
      ? []
      : [`${answer.distance_km.toFixed(0)} km`]),
    ...(gpus === undefined ? [] : [cardsWord(gpus)]),
    ...(leaseId === undefined ? [] : [`lease ${leaseId}`]),
    ...(waitedMs === undefined ? [] : [`waited ${secondsOf(waitedMs)}`]),
  ];
  return `${answer.client_id} ${answer.endpoint} (${facts.join(", ")})`;
}

/** Not "GPUs 0", which is read as none. */
function cardsWord(gpus: readonly number[]): string {
  return `${gpus.length === 1 ? "GPU" : "GPUs"} ${gpus.join(" ")}`;
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
