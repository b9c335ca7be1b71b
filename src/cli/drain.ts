/** `opsen drain`: takes backends out of service, if wanted a few at a time, and waits until nothing is left on them. */
import { addTargetOptions } from "./api_client.ts";
import type { Register } from "./command.ts";
import { drainPlanOf, type PlanOptions } from "./drain_plan.ts";
import { DrainProgress } from "./drain_progress.ts";
import { DrainRun } from "./drain_run.ts";
import { untilInterrupted } from "./interrupt.ts";
import { endUsage } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

const HELP = `
A backend that is drained gets no new sessions; the sessions and requests that it has go on to their end.

Maintenance of one machine after the other:
  opsen drain rack-1 rack-2 rack-3 --max-unavailable 1 --wait
Each has its turn when fewer than that are draining, drained, silent, unhealthy, or left out because requests to
them failed. When the first is reported as drained, work on its machine, then \`opsen undrain rack-1\`: once it
reports again and is healthy, it is the next one's turn.

Exit codes: 0 drained (without --wait: draining), 1 refused, 2 unreachable, 3 the time to wait or the deadline has
passed with work left, 130 interrupted. What drains goes on draining, however the command ends.`;

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  addTargetOptions(command)
    .argument("<client-id...>", "the backends, in this order")
    .option(
      "--wait",
      "wait until nothing is left on them, and show how far that is",
    )
    .option(
      "--deadline <time>",
      "move sessions that are left after so long (0, 90s, 10m); without it they may stay as long as they live",
    )
    .option(
      "--max-unavailable <n>",
      "have at most n backends unavailable, the drained ones included; with --wait or several IDs each waits for its turn",
    )
    .option(
      "--wait-timeout <time>",
      "give up waiting after so long (90s, 2h)",
    )
    .option(
      "--json",
      "print JSON as GET /_opsen/backends/ID/drain answers it, a line for each",
    )
    .addHelpText("after", HELP)
    .action(async (ids: string[], options: PlanOptions) => {
      const plan = drainPlanOf(ids, options, shell);
      if (typeof plan === "string") return endUsage(plan, shell);
      // Without a wait Ctrl+C ends the command as it ends any other.
      using interrupt = plan.waits || plan.isRolling
        ? untilInterrupted()
        : undefined;
      const progress = new DrainProgress({
        write: (text) => shell.err(text),
        isTerminal: hasTerminal(shell),
        now: () => performance.now(),
      });
      await new DrainRun(plan, shell, {
        target: plan.target,
        progress,
        until: performance.now() + plan.waitMsMax,
        signal: interrupt?.signal ?? new AbortController().signal,
      }).run();
      progress.end();
    });
};

function hasTerminal(shell: Shell): boolean {
  const terminal = shell.env("TERM") ?? "dumb";
  return terminal !== "dumb" && Deno.stderr.isTerminal();
}
