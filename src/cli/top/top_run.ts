/** `opsen top` on a terminal: looks again and again, and draws after each look and each key. */
import type { ApiTarget } from "../api_client.ts";
import { adviceLine, detailOf } from "../server_answer.ts";
import type { Shell } from "../shell.ts";
import { type Look, look } from "./look.ts";
import { Terminal, type TerminalUser } from "./terminal.ts";
import { pageOf, topScreen } from "./top_screen.ts";
import { pressed, rowsOf, type TopState } from "./top_state.ts";

/** How it runs. */
export interface TopPlan {
  readonly target: ApiTarget;
  readonly intervalMs: number;
  readonly state: TopState;
}

/** Runs until somebody ends it. */
export async function runTop(plan: TopPlan, shell: Shell): Promise<void> {
  const run = new TopRun(plan, shell);
  await run.untilEnd();
}

class TopRun implements TerminalUser {
  readonly #plan: TopPlan;
  readonly #shell: Shell;
  readonly #terminal: Terminal;
  readonly #end = Promise.withResolvers<void>();
  #state: TopState;
  #look: Look | undefined;
  #trouble: string | undefined;
  #isOver = false;
  /** Ends the pause between two looks. */
  #hurry: () => void = () => {};

  constructor(plan: TopPlan, shell: Shell) {
    this.#plan = plan;
    this.#shell = shell;
    this.#state = plan.state;
    this.#terminal = new Terminal(shell, this);
  }

  async untilEnd(): Promise<void> {
    using _terminal = this.#terminal;
    this.#draw();
    await Promise.race([this.#lookAgain(), this.#end.promise]);
  }

  onKeys(keys: readonly string[]): void {
    const { isInside } = this.#state;
    for (const key of keys) {
      const next = pressed(
        this.#state,
        key,
        rowsOf(this.#look?.clients ?? [], this.#state),
        pageOf(this.#terminal.size),
      );
      if (next === undefined) return this.onEnd(0);
      this.#state = next;
    }
    this.#draw();
    if (this.#state.isInside && !isInside) this.#hurry();
  }

  onResize(): void {
    this.#draw();
  }

  onEnd(exitCode: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#shell.exitWith(exitCode);
    this.#hurry();
    this.#end.resolve();
  }

  async #lookAgain(): Promise<void> {
    while (!this.#isOver) {
      await this.#lookOnce();
      this.#draw();
      await this.#pause();
    }
  }

  async #lookOnce(): Promise<void> {
    const { isInside, marked } = this.#state;
    const [first] = rowsOf(this.#look?.clients ?? [], this.#state);
    const inside = isInside ? marked ?? first?.client_id : undefined;
    const outcome = await look(this.#plan.target, inside);
    switch (outcome.kind) {
      case "answer":
        this.#look = outcome.answer;
        this.#trouble = undefined;
        return;
      case "refused":
        this.#trouble = `${detailOf(outcome.problem, "/clients")}${
          adviceLine(outcome.advice)
        }`.trimEnd().replaceAll("\n", ". ");
        return;
      case "unreachable":
        this.#trouble = outcome.reason;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#plan.intervalMs);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #draw(): void {
    if (this.#isOver) return;
    const picture = {
      look: this.#look,
      trouble: this.#trouble,
      state: this.#state,
    };
    const lines = topScreen(picture, this.#terminal.size);
    if (!this.#terminal.show(lines)) this.onEnd(0);
  }
}
