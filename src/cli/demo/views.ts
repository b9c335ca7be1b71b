/** The two faces of the demo: a screen that redraws itself on a terminal, plain lines everywhere else. */
import type { Shell } from "../shell.ts";
import type { Story } from "./story.ts";
import { decisionLine, fleetTable, gpuTable } from "./words.ts";

/** Shows the story while it happens. */
export interface View extends Disposable {
  /** Something may have changed. */
  refresh(): void;
}

/** The size of a screen that does not say its own. */
const FALLBACK_SIZE = { columns: 100, rows: 40 };
/** Plain output repeats the fleet after this many refreshes. */
const REFRESHES_PER_FLEET = 5;

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const HOME_AND_CLEAR = "\x1b[H\x1b[2J";
const ALTERNATE_SCREEN = "\x1b[?1049h";
const MAIN_SCREEN = "\x1b[?1049l";

/** A screen of its own, redrawn in place and left as it was. */
export function screenView(shell: Shell, story: Story, heading: string): View {
  shell.out(ALTERNATE_SCREEN + HIDE_CURSOR);
  return {
    refresh() {
      const { columns, rows } = screenSize();
      const lines = [
        ...heading.split("\n"),
        "",
        ...fleetAndGpus(story).split("\n"),
        `Decisions: ${story.placed} placed, ${story.refused} refused. Ctrl-C ends.`,
        "",
        ...story.decisions.map(decisionLine).toReversed(),
      ];
      const shown = lines.slice(0, rows)
        .map((line) => [...line].slice(0, columns).join(""));
      shell.out(HOME_AND_CLEAR + shown.join("\r\n"));
    },
    [Symbol.dispose]: () => shell.out(SHOW_CURSOR + MAIN_SCREEN),
  };
}

/** One line a decision, and the fleet now and then. */
export function plainView(shell: Shell, story: Story, heading: string): View {
  shell.out(`${heading}\n`);
  story.listen((told) => shell.out(`${decisionLine(told)}\n`));
  let refreshes = 0;
  return {
    refresh() {
      if (refreshes++ % REFRESHES_PER_FLEET === 0) {
        shell.out(`\n${fleetAndGpus(story)}\n`);
      }
    },
    [Symbol.dispose]: () => story.listen(() => {}),
  };
}

/** Ends with an empty line. */
function fleetAndGpus({ fleet }: Story): string {
  const gpus = gpuTable(fleet);
  return fleetTable(fleet) + (gpus === "" ? "" : `\n${gpus}`);
}

function screenSize(): { readonly columns: number; readonly rows: number } {
  try {
    const size = Deno.consoleSize();
    // Some terminals have not been told how large they are.
    return size.columns > 0 && size.rows > 0 ? size : FALLBACK_SIZE;
  } catch {
    return FALLBACK_SIZE;
  }
}
