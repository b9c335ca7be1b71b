/** Numbers of leases as callers see them: base 36, so that an id is short and nobody computes with it. */

/** The id of a lease. */
export function leaseIdOf(leaseNumber: number): string {
  return leaseNumber.toString(36);
}

/** The number that an id stands for; undefined when it is none that {@link leaseIdOf} writes. */
export function leaseNumberOf(leaseId: string): number | undefined {
  if (!/^[1-9a-z][0-9a-z]{0,10}$/.test(leaseId)) return undefined;
  const leaseNumber = Number.parseInt(leaseId, 36);
  return Number.isSafeInteger(leaseNumber) ? leaseNumber : undefined;
}
