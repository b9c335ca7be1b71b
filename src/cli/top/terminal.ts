/**
 * The terminal of `opsen top`: another screen and keys without Enter, given back as they were however it ends. Owner of
 * the terminal's mode and of what it shows.
 */
import type { Shell } from "../shell.ts";
import {
  CLEAR_SCREEN,
  ENTER_SCREEN,
  LEAVE_SCREEN,
  repaint,
  styled,
} from "./repaint.ts";
import type { ScreenLine, ScreenSize } from "./top_screen.ts";
import { keysIn } from "./top_state.ts";

/** Hears of what comes from the terminal. */
export interface TerminalUser {
  /** Keys were pressed. */
  onKeys(keys: readonly string[]): void;
  /** It has another size. */
  onResize(): void;
  /** It is gone, or somebody ends the program: the code to end with. */
  onEnd(exitCode: number): void;
}

/** Signals that end it, with the exit codes that shells report for them. */
const ENDS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** A terminal that was never told its size. */
const SIZE_DEFAULT: ScreenSize = { columns: 80, rows: 24 };

/** Takes the terminal until it is disposed of. */
export class Terminal implements Disposable {
  readonly #shell: Shell;
  readonly #hasColor: boolean;
  readonly #releases: (() => void)[] = [];
  #shown: readonly string[] = [];
  #size: ScreenSize = SIZE_DEFAULT;

  /** Takes it. */
  constructor(shell: Shell, user: TerminalUser) {
    this.#shell = shell;
    this.#hasColor = (shell.env("NO_COLOR") ?? "") === "";
    for (const [signal, code] of Object.entries(ENDS)) {
      this.#listen(signal as Deno.Signal, () => user.onEnd(code));
    }
    this.#listen("SIGWINCH", () => user.onResize());
    if (Deno.stdin.isTerminal()) {
      Deno.stdin.setRaw(true);
      this.#releases.push(() => Deno.stdin.setRaw(false));
      void readKeys(user);
    }
    shell.out(ENTER_SCREEN);
    this.#releases.push(() => shell.out(LEAVE_SCREEN));
  }

  /** Its size now. */
  get size(): ScreenSize {
    try {
      const { columns, rows } = Deno.consoleSize();
      return columns > 0 && rows > 0 ? { columns, rows } : SIZE_DEFAULT;
    } catch {
      return SIZE_DEFAULT;
    }
  }

  /** Shows these lines; false when nobody can see them any more. */
  show(lines: readonly ScreenLine[]): boolean {
    const { columns, rows } = this.size;
    const isOther = columns !== this.#size.columns || rows !== this.#size.rows;
    this.#size = { columns, rows };
    const after = lines.map((line) => styled(line, this.#hasColor));
    const changes = isOther
      ? CLEAR_SCREEN + repaint([], after)
      : repaint(this.#shown, after);
    this.#shown = after;
    if (changes !== "") this.#shell.out(changes);
    return this.#shell.isUnread !== true;
  }

  /** Gives it back. One step that fails, on a terminal that is gone, keeps none of the others. */
  [Symbol.dispose](): void {
    for (const release of this.#releases.splice(0).reverse()) {
      try {
        release();
      } catch {
        continue;
      }
    }
  }

  #listen(signal: Deno.Signal, handler: () => void): void {
    Deno.addSignalListener(signal, handler);
    this.#releases.push(() => Deno.removeSignalListener(signal, handler));
  }
}

/** Octets of keys that are taken at once; a longer paste comes in pieces. */
const READ_BYTES = 1024;

/** Ends with the terminal; a read that waits when the command ends goes with the process. */
async function readKeys(user: TerminalUser): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(READ_BYTES);
  try {
    for (;;) {
      const count = await Deno.stdin.read(buffer);
      if (count === null) return user.onEnd(ENDS.SIGHUP);
      const text = decoder.decode(buffer.subarray(0, count), { stream: true });
      user.onKeys(keysIn(text));
    }
  } catch {
    user.onEnd(ENDS.SIGHUP);
  }
}
