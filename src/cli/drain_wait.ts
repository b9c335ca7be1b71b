/**
 * Waiting for draining: for a backend's turn, and until nothing is left on it. A server that goes away meanwhile is
 * waited for too. Owns nothing; bounded by a time to wait and by whoever interrupts.
 */
import { sleep } from "../agent/sleep.ts";
import type { ProblemBody } from "../wire/answers.ts";
import type { DrainAnswer } from "../wire/drain_answer.ts";
import {
  type ApiCall,
  type ApiOutcome,
  type ApiTarget,
  callApi,
} from "./api_client.ts";
import { drainCall, leftOf } from "./drain_call.ts";
import type { DrainProgress } from "./drain_progress.ts";

/** How waiting ended. */
export type Waited =
  | { readonly kind: "done"; readonly answer: DrainAnswer }
  | Extract<ApiOutcome<DrainAnswer>, { readonly kind: "refused" }>
  | { readonly kind: "unreachable"; readonly reason: string }
  | { readonly kind: "timed_out" }
  | { readonly kind: "interrupted" };

/** What is waited with. */
export interface WaitOptions {
  readonly target: ApiTarget;
  readonly progress: DrainProgress;
  /** When to give up, on the clock of `performance.now()`. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** Time between two looks: people see it move, and the server hardly notices. */
const LOOK_EVERY_MS = 500;

/** Begins a drain as soon as the server lets it. */
export async function waitForTurn(
  call: ApiCall<DrainAnswer>,
  id: string,
  options: WaitOptions,
): Promise<Waited> {
  return await repeat(call, options, {
    isDone: () => true,
    hasTurn: ({ code, unavailable = [] }) => {
      if (code !== "too_many_unavailable") return true;
      options.progress.waits(
        `${id} waits for its turn, unavailable: ${unavailable.join(", ")}`,
      );
      return false;
    },
  });
}

/** Settles when the backend is drained, or is no longer being drained. */
export async function waitUntilDrained(
  id: string,
  options: WaitOptions,
): Promise<Waited> {
  return await repeat(drainCall(id, "drain"), options, {
    isDone: (answer) => {
      if (answer.state !== "draining") return true;
      options.progress.show(id, leftOf(answer));
      return false;
    },
    hasTurn: () => true,
  });
}

async function repeat(
  call: ApiCall<DrainAnswer>,
  { target, progress, until, signal }: WaitOptions,
  { isDone, hasTurn }: {
    readonly isDone: (answer: DrainAnswer) => boolean;
    /** False for a refusal that passes. */
    readonly hasTurn: (problem: ProblemBody) => boolean;
  },
): Promise<Waited> {
  let isAway = false;
  while (!signal.aborted) {
    const outcome = await callApi(target, call);
    const trouble = troubleOf(outcome);
    if (trouble !== undefined && !isAway) {
      progress.say(`${trouble}; it is asked again`);
    }
    if (trouble === undefined && isAway) progress.say("The server is back");
    isAway = trouble !== undefined;
    if (outcome.kind === "answer" && isDone(outcome.answer)) {
      return { kind: "done", answer: outcome.answer };
    }
    if (outcome.kind === "refused" && !isAway && hasTurn(outcome.problem)) {
      return outcome;
    }
    if (performance.now() >= until) {
      return trouble === undefined
        ? { kind: "timed_out" }
        : { kind: "unreachable", reason: trouble };
    }
    await sleep(LOOK_EVERY_MS, signal);
  }
  return { kind: "interrupted" };
}

/** Why the server can't be asked now; undefined when it can. */
function troubleOf(
  outcome: Awaited<ReturnType<typeof callApi>>,
): string | undefined {
  if (outcome.kind === "unreachable") return outcome.reason;
  if (outcome.kind === "answer") return undefined;
  const { status, detail } = outcome.problem;
  return status >= 500 || status === 429 ? detail : undefined;
}
