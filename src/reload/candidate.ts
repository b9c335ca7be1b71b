/** What may come into force, and the outcome that is told of it. */
import type { Documents } from "../config/document.ts";
import type { ReloadOutcome } from "../wire/reload_outcome.ts";

/** Documents that may come into force, and why. */
export interface Candidate extends Tried {
  readonly documents: Documents;
  readonly notes: readonly string[];
}

/** What an outcome says of that which was tried. */
export type Tried =
  & Pick<ReloadOutcome, "cause" | "hash">
  & Partial<Pick<ReloadOutcome, "notes" | "rolledBackTo">>;

/** What an outcome lists; nothing unless said. */
export type Details = Partial<
  Pick<ReloadOutcome, "changed" | "needsRestart" | "problems">
>;

/** The outcome of trying. */
export function outcomeOf(
  kind: ReloadOutcome["kind"],
  { cause, hash, notes = [], rolledBackTo }: Tried,
  { version, atMs, changed = [], needsRestart = [], problems = [] }:
    & Pick<ReloadOutcome, "version" | "atMs">
    & Details,
): ReloadOutcome {
  return {
    ...{ kind, cause, version, hash, atMs },
    ...{ changed, needsRestart, problems, notes, rolledBackTo },
  };
}
