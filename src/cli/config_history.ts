/** `opsen config history` and `opsen config rollback`: the versions of a running server's configuration. */
import type { Command } from "commander";
import {
  type ConfigHistoryAnswer,
  configHistoryAnswer,
  type ReloadAnswer,
} from "../wire/config_answer.ts";
import { addTargetOptions } from "./api_client.ts";
import {
  CONFIG_EXIT_HELP,
  RELOAD_TIMEOUT_SECONDS,
  reloadCall,
} from "./reload_call.ts";
import { type AskOptions, endUsage, serverAnswer } from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { textTable } from "./text_table.ts";

/** Keys or problem lines of one outcome that the table shows. */
const DETAILS_SHOWN = 3;

/** Adds both subcommands. */
export function addConfigHistory(command: Command, shell: Shell): void {
  addTargetOptions(command.command("history"))
    .description("show the versions of a server's configuration")
    .option("--json", "print JSON as GET /_opsen/config/history answers it")
    .action((options: AskOptions) => history(options, shell));
  addTargetOptions(command.command("rollback"), RELOAD_TIMEOUT_SECONDS)
    .description("have a server take an older version of its configuration")
    .argument("[version]", "number of the version; without it the one before")
    .option("--json", "print JSON as POST /_opsen/config/rollback answers it")
    .addHelpText("after", CONFIG_EXIT_HELP)
    .action((version: string | undefined, options: AskOptions) =>
      rollback(version, options, shell)
    );
}

async function history(options: AskOptions, shell: Shell): Promise<void> {
  const answer = await serverAnswer(
    { path: "/_opsen/config/history", answers: configHistoryAnswer },
    options,
    shell,
  );
  if (answer === undefined) return;
  shell.out(
    options.json ? `${JSON.stringify(answer)}\n` : historyWords(answer),
  );
}

async function rollback(
  version: string | undefined,
  options: AskOptions,
  shell: Shell,
): Promise<void> {
  if (version !== undefined && !/^[1-9][0-9]{0,14}$/.test(version)) {
    return endUsage(
      `version: found "${version}", wanted a number that opsen config history shows`,
      shell,
    );
  }
  await reloadCall(
    {
      path: "/_opsen/config/rollback",
      body: version === undefined ? {} : { version: Number(version) },
    },
    options,
    shell,
  );
}

function historyWords(answer: ConfigHistoryAnswer): string {
  const { version, kept_versions: kept } = answer;
  const table = textTable(
    [
      { title: "WHEN" },
      { title: "OUTCOME" },
      { title: "VERSION" },
      { title: "CAUSE" },
      { title: "DETAILS" },
    ],
    answer.history.map((past) => [
      past.at.replace(/\.\d+Z$/, "Z"),
      past.outcome,
      String(past.version),
      past.cause,
      detailsOf(past),
    ]),
  );
  const back = kept.filter((number) => number !== version);
  const brought = back.length === 0
    ? "none can be brought back"
    : `opsen config rollback brings back ${back.join(", ")}`;
  return `${table}Version ${version} is in force; ${brought}\n`;
}

function detailsOf(
  { changed, needs_restart: waiting, problems, rolled_back_to: target }:
    ReloadAnswer,
): string {
  const details = [
    ...(target === undefined ? [] : [`back to version ${target}`]),
    ...changed,
    ...waiting.map((path) => `${path} (after a restart)`),
    ...problems,
  ];
  const more = details.length - DETAILS_SHOWN;
  const shown = details.slice(0, DETAILS_SHOWN).join(", ");
  if (shown === "") return "-";
  return more > 0 ? `${shown} and ${more} more` : shown;
}
