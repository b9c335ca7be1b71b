/** `opsen demo`: the main job in one command. A real server, a real client, simulated neighbours, callers. */
import { USUAL_TLS } from "../agent/client_tls.ts";
import { createLogger } from "../log/create_logger.ts";
import { systemRandom, untilEndSignal } from "../lifecycle.ts";
import { clientViews } from "../wire/client_view.ts";
import { type ApiTarget, callApi } from "./api_client.ts";
import type { Register } from "./command.ts";
import { callUntil, GPU_WISHES } from "./demo/callers.ts";
import { type Cast, startCast } from "./demo/cast.ts";
import { Story } from "./demo/story.ts";
import { plainView, screenView, type View } from "./demo/views.ts";
import { summary } from "./demo/words.ts";
import { EXIT_CODE } from "./exit_code.ts";
import type { Shell } from "./shell.ts";

interface DemoOptions {
  readonly seconds?: string;
  readonly plain?: boolean;
}

/** Without a terminal nobody can press Ctrl-C. */
const SECONDS_WITHOUT_TERMINAL = 60;
/** A day; timers count no further than 24. */
const SECONDS_MAX = 86_400;
const REFRESH_MS = 1000;
const CALL_TIMEOUT_MS = 5000;

/** Adds the command's flags and what it does. */
export const register: Register = (command, shell) => {
  command
    .option(
      "--seconds <n>",
      `end after this time (${SECONDS_WITHOUT_TERMINAL} without a terminal)`,
    )
    .option("--plain", "plain lines on a terminal too")
    .addHelpText(
      "after",
      "\nNothing to prepare: free ports of the loopback interface, a temporary folder, no root.",
    )
    .action(async (options: DemoOptions) => {
      const seconds = options.seconds === undefined
        ? undefined
        : Number(options.seconds);
      if (seconds !== undefined && !(seconds > 0 && seconds <= SECONDS_MAX)) {
        shell.err(
          `--seconds: found "${options.seconds}", wanted a number above 0, at most ${SECONDS_MAX}\n`,
        );
        return shell.exitWith(EXIT_CODE.usage);
      }
      const isScreen = Deno.stdout.isTerminal() && options.plain !== true;
      const complete = await runDemo(
        shell,
        isScreen,
        seconds ?? (isScreen ? undefined : SECONDS_WITHOUT_TERMINAL),
      );
      shell.exitWith(complete ? EXIT_CODE.ok : EXIT_CODE.incomplete);
    });
};

/** Runs the demo; whether it showed decisions and a refusal. */
async function runDemo(
  shell: Shell,
  isScreen: boolean,
  seconds: number | undefined,
): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const logger = stack.use(createLogger({ level: "error" }));
  const interrupt = stack.use(untilEndSignal(logger));
  const signal = seconds === undefined
    ? interrupt.signal
    : AbortSignal.any([interrupt.signal, AbortSignal.timeout(seconds * 1000)]);
  const folder = await Deno.makeTempDir({ prefix: "opsen-demo-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));

  let story: Story;
  {
    await using cast = await startCast({ folder, logger, signal });
    story = new Story(cast.endpoints.length);
    const target: ApiTarget = {
      url: cast.serverUrl,
      key: "",
      timeoutMs: CALL_TIMEOUT_MS,
      tls: USUAL_TLS,
    };
    const heading = headingOf(cast);
    using view = isScreen
      ? screenView(shell, story, heading)
      : plainView(shell, story, heading);
    const calling = callUntil(signal, target, story, systemRandom.next);
    await watch(signal, target, story, view);
    await calling;
  }
  shell.out(`\n${summary(story)}`);
  if (!story.complete && !interrupt.signal.aborted) {
    shell.err(
      "It ended before it had shown a placement and a refusal: machines report after 3 s, give it --seconds 20\n",
    );
  }
  return story.complete;
}

/** Asks the server for its fleet again and again, as `opsen clients` does, and shows it. */
async function watch(
  signal: AbortSignal,
  target: ApiTarget,
  story: Story,
  view: View,
): Promise<void> {
  while (!signal.aborted) {
    const outcome = await callApi(target, {
      path: "/clients",
      answers: clientViews,
    });
    if (outcome.kind === "answer") story.fleet = outcome.answer;
    view.refresh();
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

function headingOf(cast: Cast): string {
  return [
    "Opsen demo: a real server, a real client on this machine, three simulated neighbours",
    "(the same collectors read a /proc and a /sys that are written for them), and callers.",
    `  dashboard          ${cast.serverUrl}/_opsen/ui  (open it while this runs)`,
    `  server             ${cast.serverUrl}/health  ${cast.serverUrl}/clients`,
    ...cast.endpoints.map(({ name, url }) => `  ${name.padEnd(18)} ${url}`),
    GPU_WISHES,
  ].join("\n");
}
