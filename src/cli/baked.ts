/** What a build knows of itself. The build writes it in place of these marks; a checkout runs with the marks. */

/** The marks, which occur nowhere else. As long as what takes their place, so that nothing behind them moves. */
export const BAKED_MARKS = {
  commit: "@OPSEN_COMMIT________________________________@",
  builtAt: "@OPSEN_BUILT_AT________@",
} as const;

/** What is known of a build. */
export interface Baked {
  /** The commit, "-dirty" behind it where files differed; "unknown" in a checkout. */
  readonly commit: string;
  /** The time that the build is dated with, RFC 3339; undefined in a checkout. */
  readonly builtAt: string | undefined;
}

/** The facts that stand where the marks stood. */
export function baked(
  { commit, builtAt }: Readonly<Record<keyof Baked, string>> = BAKED_MARKS,
): Baked {
  // What is shorter than its mark has spaces behind it.
  const [hash, time] = [commit.trim(), builtAt.trim()];
  return {
    commit: /^[0-9a-f]{7,40}(-dirty)?$/.test(hash) ? hash : "unknown",
    builtAt: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time) ? time : undefined,
  };
}
