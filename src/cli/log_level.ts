/** `opsen log-level`: shows the level of a server's log, or changes it for a while. */
import { Argument } from "commander";
import { LOG_LEVEL_SECONDS_MAX } from "../wire/bounds.ts";
import {
  LOG_LEVEL_SECONDS,
  LOG_LEVELS,
  type LogLevelAnswer,
  logLevelAnswer,
} from "../wire/log_level.ts";
import { addTargetOptions, type ApiCall } from "./api_client.ts";
import type { Register } from "./command.ts";
import { durationMs } from "../policy/duration.ts";
import { type AskOptions, endUsage, serverAnswer } from "./server_answer.ts";

interface LogLevelOptions extends AskOptions {
  readonly for?: string;
  readonly reset?: boolean;
}

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .addArgument(levelArgument())
    .option(
      "--for <duration>",
      `how long it holds, such as 90s, 10m, 2h (default ${
        LOG_LEVEL_SECONDS / 60
      }m)`,
    )
    .option("--reset", "back to the configured level")
    .option("--json", "print JSON as /_opsen/log-level answers it")
    .action(async (level: string | undefined, options: LogLevelOptions) => {
      const call = callOf(level, options);
      if (typeof call === "string") return endUsage(call, shell);
      const answer = await serverAnswer(call, options, shell);
      if (answer === undefined) return;
      shell.out(
        `${options.json ? JSON.stringify(answer) : wordsOf(answer)}\n`,
      );
    });
};

/** Its words are for completions; what is wrong is said in our own way. */
function levelArgument(): Argument {
  const argument = new Argument("[level]", "without one it is shown");
  argument.argChoices = [...LOG_LEVELS];
  return argument;
}

/** What is asked of the server; what is wrong with the command line when nothing can be. */
function callOf(
  level: string | undefined,
  { for: duration, reset = false }: LogLevelOptions,
): ApiCall<LogLevelAnswer> | string {
  const call = { path: "/_opsen/log-level", answers: logLevelAnswer };
  if (level === undefined) {
    if (duration !== undefined) {
      return `--for: found no level beside it, wanted one of ${
        LOG_LEVELS.join(", ")
      }`;
    }
    return reset ? { ...call, method: "DELETE" } : call;
  }
  if (reset) return "--reset: found a level beside it, wanted one of the two";
  if (!LOG_LEVELS.some((name) => name === level)) {
    return `level: found "${level}", wanted one of ${LOG_LEVELS.join(", ")}`;
  }
  if (duration === undefined) return { ...call, body: { level } };
  const seconds = (durationMs(duration) ?? 0) / 1000;
  const isUsable = Number.isInteger(seconds) && seconds >= 1 &&
    seconds <= LOG_LEVEL_SECONDS_MAX;
  return isUsable
    ? { ...call, body: { level, seconds } }
    : `--for: found "${duration}", wanted whole seconds from 1s to 24h, such as 10m`;
}

function wordsOf({ level, until }: LogLevelAnswer): string {
  return until === undefined
    ? `${level}, as configured`
    : `${level} until ${until}`;
}
