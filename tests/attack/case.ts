/** One abuse, and what must come of it. */
import type { AttackStage } from "./stage.ts";

/** One case. */
export interface AttackCase {
  /** What is done. */
  readonly name: string;
  /** What the server must do, as the end of "expects …". */
  readonly expects: string;
  /** Cheap enough for `deno task test`, and important enough. */
  readonly isQuick?: boolean;
  /** Throws with what was seen when it is something else. */
  readonly run: (stage: AttackStage) => Promise<void> | void;
}

/** Cases of one kind of abuse; they share their servers. */
export interface AttackKind {
  readonly kind: string;
  readonly cases: readonly AttackCase[];
}

/** What a case throws that can't be tried on this machine; the message says why. */
export class NotTried extends Error {
  override readonly name = "NotTried";
}

/** Throws unless it holds. */
export function expect(holds: boolean, seen: () => string): asserts holds {
  if (!holds) throw new Error(`Saw ${seen()}`);
}
