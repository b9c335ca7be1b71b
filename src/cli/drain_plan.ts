/** What `opsen drain` is asked to do, checked. */
import { DRAIN_SECONDS_MAX, UNAVAILABLE_MAX } from "../wire/bounds.ts";
import { type ApiTarget, targetOf } from "./api_client.ts";
import { durationMs } from "../policy/duration.ts";
import { type AskOptions, idInPath } from "./server_answer.ts";
import type { Shell } from "./shell.ts";

/** What commander read. */
export interface PlanOptions extends AskOptions {
  readonly wait?: boolean;
  readonly deadline?: string;
  readonly maxUnavailable?: string;
  readonly waitTimeout?: string;
}

/** What to do. */
export interface DrainPlan {
  readonly target: ApiTarget;
  /** The backends, each once, in the order in which they were named. */
  readonly ids: readonly string[];
  /** What each drain is asked with. */
  readonly body: Readonly<Record<string, number>>;
  /** Whether each is waited for until nothing is left on it. */
  readonly waits: boolean;
  /** Whether one waits for its turn behind the other. */
  readonly isRolling: boolean;
  /** Longest time for all waiting, milliseconds; Infinity for no limit. */
  readonly waitMsMax: number;
  readonly json: boolean;
}

/** The plan; an error in words when it can't be meant. */
export function drainPlanOf(
  named: readonly string[],
  options: PlanOptions,
  shell: Shell,
): DrainPlan | string {
  const target = targetOf(options, shell);
  if (typeof target === "string") return target;
  const unnameable = named.find((id) => idInPath(id) === undefined);
  if (unnameable !== undefined) return idFault(unnameable);
  const { deadline, maxUnavailable, waitTimeout, wait, json } = options;
  const deadlineMs = deadline === undefined ? 0 : durationMs(deadline);
  if (deadlineMs === undefined || deadlineMs > DRAIN_SECONDS_MAX * 1000) {
    return `--deadline: found "${deadline}", wanted a time such as 90s or 10m, at most 7d`;
  }
  const unavailableMax = Number(maxUnavailable ?? 1);
  if (!isCount(unavailableMax)) {
    return `--max-unavailable: found "${maxUnavailable}", wanted a whole number from 1`;
  }
  const waitMsMax = waitTimeout === undefined
    ? Infinity
    : durationMs(waitTimeout);
  if (waitMsMax === undefined) {
    return `--wait-timeout: found "${waitTimeout}", wanted a time such as 30m or 2h`;
  }
  const ids = [...new Set(named)];
  return {
    target,
    ids,
    body: {
      ...(deadline !== undefined && { deadline_seconds: deadlineMs / 1000 }),
      ...(maxUnavailable !== undefined && { max_unavailable: unavailableMax }),
    },
    waits: wait === true,
    isRolling: maxUnavailable !== undefined && ids.length > 1,
    waitMsMax,
    json: json === true,
  };
}

/** What to say of an id that no backend has. */
export function idFault(id: string): string {
  return `client-id: found "${id}", wanted one that \`opsen clients\` lists`;
}

function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= UNAVAILABLE_MAX;
}
