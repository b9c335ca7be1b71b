/** How much of a task is done: a bar that moves on a terminal, a line now and then elsewhere. */
import type { Shell } from "./shell.ts";

/** Shows progress on standard error. */
export interface ShareBar {
  /** So much is done, from 0 to 1. */
  show(share: number): void;
  /** It is over, well or not. */
  end(): void;
}

const CELLS = 30;

/** Percent between two lines where nothing can be written over. */
const LINE_PCT = 25;

/** A bar for this shell. */
export function shareBar(shell: Shell, isTerminal: boolean): ShareBar {
  return isTerminal ? movingBar(shell) : lines(shell);
}

function movingBar(shell: Shell): ShareBar {
  return {
    show(share) {
      const full = Math.round(share * CELLS);
      const bar = "#".repeat(full).padEnd(CELLS, ".");
      shell.err(`\r[${bar}] ${percentOf(share)} %`);
    },
    end: () => shell.err("\r\x1b[K"),
  };
}

function lines(shell: Shell): ShareBar {
  let nextPct = LINE_PCT;
  return {
    show(share) {
      const percent = percentOf(share);
      if (percent < nextPct) return;
      shell.err(`${percent} %\n`);
      nextPct = (Math.floor(percent / LINE_PCT) + 1) * LINE_PCT;
    },
    end() {},
  };
}

function percentOf(share: number): number {
  return Math.floor(share * 100);
}
