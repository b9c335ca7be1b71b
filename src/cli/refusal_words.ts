/** The refusal of an ask in words: why, how close it was, whether it waited, when to ask again. */
import type { ProblemBody } from "../wire/answers.ts";
import { nearestOf, secondsOf, tryAgainIn } from "./decision_words.ts";

/** The refusal, a line for each thing it says. An older server says less. */
export function refusalOf(problem: ProblemBody): string {
  const { nearest, queue, retry_after_ms: retryAfterMs } = problem;
  const lines = [problem.detail, ...tallyLines(problem)];
  if (nearest !== undefined) lines.push(`Nearest: ${nearestOf(nearest)}`);
  if (queue !== undefined) lines.push(waitOf(queue));
  if (retryAfterMs !== undefined) {
    lines.push(tryAgainIn(retryAfterMs).trimEnd());
  }
  return `${lines.join("\n")}\n`;
}

function tallyLines(
  { tally, fleet_size: fleetSize }: ProblemBody,
): string[] {
  const reasons = Object.entries(tally ?? {})
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `  ${String(count).padStart(5)}  ${reason}`);
  return reasons.length === 0
    ? []
    : [`Why each of ${fleetSize} backends was passed over:`, ...reasons];
}

function waitOf(queue: NonNullable<ProblemBody["queue"]>): string {
  switch (queue.state) {
    case "timed_out":
      return `Waited ${
        secondsOf(queue.waited_ms)
      } in vain; still waiting: ${queue.depth}`;
    case "full":
      return `Could not wait: the queue is full, waiting: ${queue.depth}`;
  }
}
