/**
 * Backends whose requests have begun to fail: they are probed at once, and again as long as that fails, until they count
 * as unhealthy. A dead backend is found out within a second of its first failed request instead of after some intervals;
 * what the interval and the thresholds say of a backend that answers stays as it is. Owner of who is suspected, bounded
 * by the fleet. Instants are monotonic milliseconds.
 */

/** Time between two probes of a suspect. */
export const SUSPECT_GAP_MS = 100;
/**
 * A backend that was suspected so lately is probed again only when that is over: one that fails every other request must
 * not be probed all the time.
 */
export const SUSPECT_REST_MS = 2_000;
/** Probes of one suspicion at most, whatever the threshold: more of them are the schedule's. */
export const SUSPECT_PROBES_MAX = 10;

interface Suspicion {
  readonly probes: number;
  probesLeft: number;
  /** When its rest is over. */
  readonly until: number;
  /** Whether it was suspected again since, so that the next round begins then. */
  isRenewed: boolean;
}

/** Who is suspected. */
export class Suspects {
  readonly #suspicions = new Map<string, Suspicion>();

  /** Suspects a backend; when it should be probed at the latest, undefined when that is known already. */
  add(id: string, probes: number, now: number): number | undefined {
    const known = this.#suspicions.get(id);
    if (known === undefined || now >= known.until) {
      this.#begin(id, Math.min(probes, SUSPECT_PROBES_MAX), now);
      return now;
    }
    if (known.isRenewed) return undefined;
    known.isRenewed = true;
    return known.until;
  }

  /** Takes the outcome of a probe; when the next one should be, undefined when the schedule says. */
  probed(id: string, ok: boolean, now: number): number | undefined {
    const known = this.#suspicions.get(id);
    if (known === undefined) return undefined;
    const isNext = known.isRenewed && now >= known.until;
    const suspicion = isNext ? this.#begin(id, known.probes, now) : known;
    suspicion.probesLeft = ok ? 0 : suspicion.probesLeft - 1;
    if (suspicion.probesLeft > 0) return now + SUSPECT_GAP_MS;
    return suspicion.isRenewed ? suspicion.until : undefined;
  }

  /** This backend is gone. */
  forget(id: string): void {
    this.#suspicions.delete(id);
  }

  /** Nobody is suspected any more. */
  clear(): void {
    this.#suspicions.clear();
  }

  #begin(id: string, probes: number, now: number): Suspicion {
    const until = now + SUSPECT_REST_MS;
    const begun = { probes, probesLeft: probes, until, isRenewed: false };
    this.#suspicions.set(id, begun);
    return begun;
  }
}
