/** `opsen top`: the fleet live on a terminal; once as text or again and again as JSON elsewhere. */
import { Option } from "commander";
import { addTargetOptions, type ApiTarget, targetOf } from "./api_client.ts";
import type { Register } from "./command.ts";
import { durationMs } from "../policy/duration.ts";
import {
  type AskOptions,
  detailOf,
  endRefused,
  endUnreachable,
  endUsage,
} from "./server_answer.ts";
import type { Shell } from "./shell.ts";
import { look, lookJson } from "./top/look.ts";
import { topText } from "./top/top_screen.ts";
import { SORT_KEYS, type SortKey, TOP_START } from "./top/top_state.ts";

interface TopOptions extends AskOptions {
  readonly sort: SortKey;
  readonly filter?: string;
  readonly interval: string;
  readonly once?: boolean;
}

/** Shorter ones would cost the server more than they show. */
const INTERVAL_MS_MIN = 200;
const INTERVAL_MS_MAX = 3_600_000;

const KEYS_HELP = `
Keys: c m d g h n sort by CPU, memory, disk, GPU, holds, name; / filters; Enter shows the cores, GPUs and leases of the
marked backend; arrows, j, k, Page Up and Page Down move; q ends.
Exit codes: 0 ended, and with --once 1 refused, 2 unreachable; without it a server that is away is asked again.`;

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .addOption(
      new Option("--sort <what>", "order at the start")
        .choices(Object.keys(SORT_KEYS)).default("name"),
    )
    .option("--filter <text>", "backends with this in id or host name alone")
    .option("--interval <time>", "time between two looks", "2s")
    .option("--once", "print once; so it is where output is no terminal")
    .option("--json", "print JSON, a line for each look")
    .addHelpText("after", KEYS_HELP)
    .action((options: TopOptions) => top(options, shell));
};

async function top(options: TopOptions, shell: Shell): Promise<void> {
  const intervalMs = durationMs(options.interval) ?? 0;
  if (intervalMs < INTERVAL_MS_MIN || intervalMs > INTERVAL_MS_MAX) {
    const found = `--interval: found "${options.interval}"`;
    return endUsage(
      `${found}, wanted seconds from 0.2 to 3600, such as 0.5 or 1m`,
      shell,
    );
  }
  const target = targetOf(options, shell);
  if (typeof target === "string") return endUsage(target, shell);
  if (options.json && !options.once) {
    return await jsonLines(target, intervalMs, shell);
  }
  const hasScreen = Deno.stdout.isTerminal() && shell.env("TERM") !== "dumb";
  if (options.json || options.once || !hasScreen) {
    return await once(target, options, shell);
  }
  const { runTop } = await import("./top/top_run.ts");
  const { sort, filter = "" } = options;
  const state = { ...TOP_START, sort, filter };
  await runTop({ target, intervalMs, state }, shell);
}

async function once(
  target: ApiTarget,
  options: TopOptions,
  shell: Shell,
): Promise<void> {
  const outcome = await look(target);
  switch (outcome.kind) {
    case "answer": {
      const { sort, filter = "" } = options;
      const state = { ...TOP_START, sort, filter };
      return shell.out(
        options.json
          ? `${lookJson(outcome.answer, Date.now())}\n`
          : topText(outcome.answer, state),
      );
    }
    case "refused": {
      const words = detailOf(outcome.problem, "/clients");
      return endRefused(outcome, words, options, shell);
    }
    case "unreachable":
      return endUnreachable(outcome, options, shell);
  }
}

/** A line for each look, also for one that failed, for as long as somebody reads them. */
async function jsonLines(
  target: ApiTarget,
  intervalMs: number,
  shell: Shell,
): Promise<void> {
  while (shell.isUnread !== true) {
    const outcome = await look(target);
    if (outcome.kind === "answer") {
      shell.out(`${lookJson(outcome.answer, Date.now())}\n`);
    } else if (outcome.kind === "refused") {
      endRefused(outcome, "", { json: true }, shell);
    } else endUnreachable(outcome, { json: true }, shell);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
