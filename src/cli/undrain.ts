/** `opsen undrain`: puts backends back into service. */
import type { DrainAnswer } from "../wire/drain_answer.ts";
import { addTargetOptions, callApi, targetOf } from "./api_client.ts";
import type { Register } from "./command.ts";
import { drainCall, refusalWords } from "./drain_call.ts";
import { idFault } from "./drain_plan.ts";
import {
  type AskOptions,
  endRefused,
  endUnreachable,
  endUsage,
  idInPath,
} from "./server_answer.ts";
import type { Shell } from "./shell.ts";

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .argument("<client-id...>", "the backends")
    .option(
      "--json",
      "print JSON as POST /_opsen/backends/ID/undrain answers it, a line for each",
    )
    .addHelpText(
      "after",
      "\nExit codes: 0 all are back, 1 one was refused (the others are back), 2 unreachable",
    )
    .action(async (ids: string[], options: AskOptions) => {
      await undrain(ids, options, shell);
    });
};

async function undrain(
  ids: readonly string[],
  options: AskOptions,
  shell: Shell,
): Promise<void> {
  const target = targetOf(options, shell);
  if (typeof target === "string") return endUsage(target, shell);
  const unnameable = ids.find((id) => idInPath(id) === undefined);
  if (unnameable !== undefined) return endUsage(idFault(unnameable), shell);
  for (const id of ids) {
    const outcome = await callApi(target, drainCall(id, "undrain", {}));
    switch (outcome.kind) {
      case "answer": {
        const { answer } = outcome;
        shell.out(
          `${options.json ? JSON.stringify(answer) : lineOf(answer)}\n`,
        );
        break;
      }
      case "refused": {
        const { problem } = outcome;
        const words = `${await refusalWords(target, id, problem)}\n`;
        endRefused(outcome, words, options, shell);
        break;
      }
      case "unreachable":
        return endUnreachable(outcome, options, shell);
    }
  }
}

function lineOf(answer: DrainAnswer): string {
  const { client_id: id, state, durable } = answer;
  if (state !== "none") {
    return `${id} still gets no new sessions: its own client drains it`;
  }
  const notStored = durable === false
    ? "; the database did not take it, so a restart of the server may drain it again"
    : "";
  return `${id} is back in service${notStored}`;
}
