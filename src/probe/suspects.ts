/**
 * Backends whose requests have begun to fail: they are probed at once, and again as long as that fails, until they count
 * as unhealthy. A dead backend is found out within a second of its first failed request instead of after some intervals;
 * what the interval and the thresholds say of a backend that answers stays as it is. Owner of who is suspected, bounded
 * by the fleet. Instants are monotonic milliseconds.
 */

/** Time between two probes of a suspect. */
export const SUSPECT_GAP_MS = 100;
/** For so long a backend is not suspected again: one that fails every other request must not be probed all the time. */
export const SUSPECT_REST_MS = 2_000;
/** Probes of one suspicion at most, whatever the threshold: more of them are the schedule's. */
export const SUSPECT_PROBES_MAX = 10;

interface Suspicion {
  probesLeft: number;
  readonly until: number;
}

/** Who is suspected. */
export class Suspects {
  readonly #suspicions = new Map<string, Suspicion>();

  /** Suspects a backend; true when it should be probed now. */
  add(id: string, probes: number, now: number): boolean {
    const known = this.#suspicions.get(id);
    if (known !== undefined && now < known.until) return false;
    const probesLeft = Math.min(probes, SUSPECT_PROBES_MAX);
    this.#suspicions.set(id, { probesLeft, until: now + SUSPECT_REST_MS });
    return true;
  }

  /** Takes the outcome of a probe; when the next one should be, undefined when the schedule says. */
  probed(id: string, ok: boolean, now: number): number | undefined {
    const suspicion = this.#suspicions.get(id);
    if (suspicion === undefined) return undefined;
    suspicion.probesLeft = ok ? 0 : suspicion.probesLeft - 1;
    return suspicion.probesLeft > 0 ? now + SUSPECT_GAP_MS : undefined;
  }

  /** This backend is gone. */
  forget(id: string): void {
    this.#suspicions.delete(id);
  }

  /** Nobody is suspected any more. */
  clear(): void {
    this.#suspicions.clear();
  }
}
