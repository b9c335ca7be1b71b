/** `opsen queue`: who waits for room, and how waiting went, in a few lines. */
import { type QueueAnswer, queueAnswer } from "../wire/queue_answer.ts";
import { addTargetOptions } from "./api_client.ts";
import type { Register } from "./command.ts";
import { secondsOf, tallyOf } from "./decision_words.ts";
import { type AskOptions, serverAnswer } from "./server_answer.ts";

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .option("--json", "print JSON as GET /_opsen/queue answers it")
    .action(async (options: AskOptions) => {
      const call = { path: "/_opsen/queue", answers: queueAnswer };
      const queue = await serverAnswer(call, options, shell);
      if (queue === undefined) return;
      shell.out(
        options.json ? `${JSON.stringify(queue, null, 2)}\n` : textOf(queue),
      );
    });
};

function textOf(queue: QueueAnswer): string {
  if (!queue.enabled) {
    return "Nobody may wait: queue.enabled is false on this server\n";
  }
  const { depth, max_length: lengthMax, oldest_wait_ms: oldestMs } = queue;
  const waiting = depth === 0
    ? ""
    : ` (${tallyOf(queue.by_tier)}), the longest for ${secondsOf(oldestMs)}`;
  const waits = queue.served === 0
    ? ""
    : ` after ${secondsOf(queue.served_wait_ms_mean)} on average, ${
      secondsOf(queue.served_wait_ms_max)
    } at most`;
  return `Waiting: ${depth} of ${lengthMax}${waiting}
Since the start: ${queue.served} got room${waits}
${queue.timed_out} waited in vain, ${queue.withdrawn} left, ${queue.turned_away} found the queue full
`;
}
