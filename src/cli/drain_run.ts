/** Drains backends one after the other and tells how that went. Owns which of them drain by now. */
import type { DrainAnswer } from "../wire/drain_answer.ts";
import { callApi } from "./api_client.ts";
import { drainCall, leftOf, refusalWords } from "./drain_call.ts";
import type { DrainPlan } from "./drain_plan.ts";
import { leftWords } from "./drain_progress.ts";
import {
  type Waited,
  waitForTurn,
  type WaitOptions,
  waitUntilDrained,
} from "./drain_wait.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { INTERRUPTED_EXIT } from "./interrupt.ts";
import { adviceLine, unreachableProblem } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

/** One run of `opsen drain`. */
export class DrainRun {
  readonly #plan: DrainPlan;
  readonly #shell: Shell;
  readonly #wait: WaitOptions;
  /** Backends that this run has begun to drain. */
  readonly #begun: string[] = [];

  constructor(plan: DrainPlan, shell: Shell, wait: WaitOptions) {
    this.#plan = plan;
    this.#shell = shell;
    this.#wait = wait;
  }

  /** Drains what the plan says; stops at the first backend that can't be. */
  async run(): Promise<void> {
    const { ids } = this.#plan;
    const isWhole = await this.#areKnown() &&
      (this.#plan.isRolling
        ? await each(
          ids,
          async (id) => await this.#begin(id) && await this.#finish(id),
        )
        : await each(ids, (id) => this.#begin(id)) &&
          await each(ids, (id) => this.#finish(id)));
    if (!isWhole) this.#sayWhatIsLeft();
  }

  /** Looks before anything is drained: of several backends with a typo among them none should be. */
  async #areKnown(): Promise<boolean> {
    const { ids, target } = this.#plan;
    return await each(ids, async (id) => {
      const outcome = await callApi(target, drainCall(id, "drain"));
      return outcome.kind === "answer" || await this.#failed(id, outcome);
    });
  }

  async #begin(id: string): Promise<boolean> {
    const { body, waits, isRolling, target } = this.#plan;
    const call = drainCall(id, "drain", body);
    const outcome = waits || isRolling
      ? await waitForTurn(call, id, this.#wait)
      : await callApi(target, call);
    if (outcome.kind !== "done" && outcome.kind !== "answer") {
      return await this.#failed(id, outcome);
    }
    this.#begun.push(id);
    const { answer } = outcome;
    if (answer.durable === false) {
      this.#say(
        `${id}: the database did not take it, so a restart of the server ends it`,
      );
    }
    if (!waits) this.#report(answer);
    return true;
  }

  async #finish(id: string): Promise<boolean> {
    if (!this.#plan.waits) return true;
    const outcome = await waitUntilDrained(id, this.#wait);
    if (outcome.kind !== "done") return await this.#failed(id, outcome);
    const { answer } = outcome;
    if (answer.state === "none") {
      this.#say(`${id} is no longer being drained: somebody has put it back`);
      return this.#end(EXIT_CODE.refused);
    }
    this.#report(answer);
    return !hasWorkLeft(answer) || this.#end(EXIT_CODE.unfinished);
  }

  async #failed(
    id: string,
    outcome: Exclude<Waited, { readonly kind: "done" }>,
  ): Promise<false> {
    switch (outcome.kind) {
      case "refused": {
        const { problem, advice } = outcome;
        const { target, json } = this.#plan;
        if (json) this.#shell.out(`${JSON.stringify(problem)}\n`);
        else {
          const words = await refusalWords(target, id, problem);
          this.#say(`${words}\n${adviceLine(advice)}`.trimEnd());
        }
        return this.#end(EXIT_CODE.refused);
      }
      case "unreachable": {
        const { reason } = outcome;
        const problem = unreachableProblem(reason);
        if (this.#plan.json) this.#shell.out(`${JSON.stringify(problem)}\n`);
        else this.#say(reason);
        return this.#end(EXIT_CODE.unreachable);
      }
      case "timed_out":
        this.#say(`${id} was not done within --wait-timeout`);
        return this.#end(EXIT_CODE.unfinished);
      case "interrupted":
        return this.#end(INTERRUPTED_EXIT);
    }
  }

  #report(answer: DrainAnswer): void {
    this.#wait.progress.end();
    this.#shell.out(
      `${this.#plan.json ? JSON.stringify(answer) : lineOf(answer)}\n`,
    );
  }

  #sayWhatIsLeft(): void {
    const { ids } = this.#plan;
    if (this.#begun.length === 0) {
      if (ids.length > 1) this.#say("None of them is drained");
      return;
    }
    const rest = ids.filter((id) => !this.#begun.includes(id));
    if (rest.length > 0) this.#say(`Not drained: ${rest.join(" ")}`);
    this.#say(
      `Draining goes on; to end it: opsen undrain ${this.#begun.join(" ")}`,
    );
  }

  #say(words: string): void {
    this.#wait.progress.say(words);
  }

  #end(code: number): false {
    this.#shell.exitWith(code);
    return false;
  }
}

/** Whether the step was done for each; ends at the first that was not. */
async function each(
  ids: readonly string[],
  step: (id: string) => Promise<boolean>,
): Promise<boolean> {
  for (const id of ids) if (!await step(id)) return false;
  return true;
}

function hasWorkLeft(answer: DrainAnswer): boolean {
  const { sessions, requests } = leftOf(answer);
  return sessions + requests > 0;
}

function lineOf(answer: DrainAnswer): string {
  const { client_id: id, state } = answer;
  const left = leftWords(leftOf(answer));
  if (state !== "drained") return `Draining ${id}: ${left}`;
  return hasWorkLeft(answer)
    ? `The deadline of ${id} has passed with ${left}`
    : `Drained ${id}: ${left}`;
}
