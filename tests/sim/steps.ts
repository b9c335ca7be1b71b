/**
 * What can happen in a world. A step names machines and callers by number and carries every choice made for it, so that
 * a list of steps can be lived through again with some of them left out: what no longer makes sense does nothing.
 */
import type { Place } from "../../src/engine/backend.ts";
import type { Outcome } from "../../src/engine/ejection.ts";

/** What a caller's work will really use where it is placed. */
export interface Work {
  /** Share of the tier's cores; more than 1 takes more than it asked for. */
  readonly cpuShare: number;
  /** Share of the tier's memory. */
  readonly memoryShare: number;
}

/** A machine says what it is. */
export interface RegisterStep {
  readonly kind: "register";
  readonly machine: number;
  readonly endpoint: string;
  readonly place: Place | undefined;
}

/** A machine reports; its other load has wandered. */
export interface ReportStep {
  readonly kind: "report";
  readonly machine: number;
  /** Added to the share of cores and memory that others use, -1 to 1. */
  readonly drift: number;
  readonly isLost: boolean;
}

/** A caller asks for room. */
export interface AskStep {
  readonly kind: "ask";
  readonly caller: number;
  readonly tier: string;
  readonly stickyId: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly isRequest: boolean;
  /** Machines that must not be chosen. */
  readonly exclude: readonly number[];
  readonly place: Place | undefined;
  /** Whether it waits for room after a refusal. */
  readonly waits: boolean;
  readonly work: Work;
}

/** One thing that happens, whenever. */
export type Event =
  | RegisterStep
  | ReportStep
  | AskStep
  | {
    readonly kind: "cards";
    readonly machine: number;
    readonly cardsGb: readonly number[];
  }
  | {
    readonly kind: "probe";
    readonly machine: number;
    readonly ok: boolean;
    readonly latencyMs: number;
  }
  | {
    readonly kind: "renew";
    readonly caller: number;
    readonly isConfirmed: boolean;
    readonly liveMs: number;
  }
  /** The session ends; whether it says so or vanishes. */
  | {
    readonly kind: "end";
    readonly caller: number;
    readonly says: boolean;
  }
  | {
    readonly kind: "finish";
    readonly caller: number;
    readonly outcome: Outcome;
  }
  /** A waiting caller leaves. */
  | { readonly kind: "withdraw"; readonly caller: number }
  | {
    readonly kind: "drain";
    readonly machine: number;
    /** Undefined for no deadline. */
    readonly deadlineMs: number | undefined;
  }
  | { readonly kind: "undrain"; readonly machine: number }
  | { readonly kind: "forget_silent" }
  | { readonly kind: "purge" }
  /** kill -9; of the writes that nobody has been told of yet so many arrive. */
  | { readonly kind: "kill"; readonly arrive: number }
  | { readonly kind: "start"; readonly luck: number };

/** One thing that happens at an instant, milliseconds since the world began. */
export type Step = Event & { readonly at: number };

/** A step as a line for people. */
export function stepText({ at, kind, ...rest }: Step): string {
  const said = Object.entries(rest)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [`${(at / 1000).toFixed(3)} s`, kind, ...said].join(" ");
}
