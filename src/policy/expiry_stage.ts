/** How near the end of a certificate is, in the steps in which somebody is told. */

/** Days that are left when somebody is told, most first; with none the certificate has expired. */
const STAGES_DAYS: readonly number[] = [30, 14, 7, 3, 1, 0];
const MS_PER_DAY = 86_400_000;

/** How near it is. */
export interface ExpiryStage {
  /** Steps that were reached, from 0 (none) on; each is told once. */
  readonly stage: number;
  /** Whole days that are left, negative once it is over. */
  readonly daysLeft: number;
}

/** The stage of what ends at an instant; both in wall-clock milliseconds. */
export function expiryStage(notAfterMs: number, nowMs: number): ExpiryStage {
  const days = (notAfterMs - nowMs) / MS_PER_DAY;
  return {
    stage: STAGES_DAYS.filter((limit) => days < limit).length,
    daysLeft: Math.floor(days),
  };
}
