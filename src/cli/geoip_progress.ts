/** How much of a download is there: a share where the server says how long it is, megabytes where not. */
import { bytesText } from "./database_words.ts";
import { type ShareBar, shareBar } from "./share_bar.ts";
import type { Shell } from "./shell.ts";

/** Shows progress on standard error. */
export interface DownloadProgress {
  /** So many bytes are there, of so many if that is known. */
  show(bytes: number, bytesTotal: number | undefined): void;
  /** It is over, well or not. */
  end(): void;
}

/** Between two words of how far it is: a terminal that is written to for each piece would slow it down. */
const TERMINAL_STEP_BYTES = 256 * 1024;
/** A log of a whole download of unknown length has a few lines. */
const LINE_STEP_BYTES = 16 * 1024 ** 2;

/** Progress for this shell. */
export function downloadProgress(
  shell: Shell,
  isTerminal: boolean,
): DownloadProgress {
  const bar: ShareBar = shareBar(shell, isTerminal);
  let shown = 0;
  return {
    show(bytes, bytesTotal) {
      if (bytesTotal !== undefined) {
        const isDue = bytes - shown >= TERMINAL_STEP_BYTES ||
          bytes >= bytesTotal;
        if (!isDue) return;
        bar.show(Math.min(1, bytes / bytesTotal));
      } else {
        const step = isTerminal ? TERMINAL_STEP_BYTES : LINE_STEP_BYTES;
        if (bytes - shown < step) return;
        const text = bytesText(bytes);
        shell.err(isTerminal ? `\r${text}` : `${text}\n`);
      }
      shown = bytes;
    },
    end() {
      if (shown > 0) bar.end();
    },
  };
}
