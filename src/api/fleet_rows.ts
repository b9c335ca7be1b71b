/**
 * The fleet as the rows of the feed: which have changed since the last look, as JSON that is made once for all readers.
 * Owner of the rows, bounded by the fleet; there are none while nobody reads.
 */
import type { BackendView } from "../engine/backend_view.ts";
import type { Conflict } from "../policy/claims.ts";
import { clientViewOf } from "../wire/client_view.ts";

/** One backend, and what is said of it besides. */
export interface RowSource {
  readonly view: BackendView;
  readonly conflict: Conflict | undefined;
}

/** What a look has found. */
export interface RowChanges {
  /** JSON of the rows that are new or have changed. */
  readonly changed: string[];
  /** Ids of those that are gone. */
  readonly gone: string[];
}

/** Rows that are written between two chances for other work: two milliseconds for machines of 64 cores and 8 GPUs. */
export const ROWS_PER_SLICE = 25;

/** The rows. */
export class FleetRows {
  readonly #rows = new Map<string, Row>();

  /** The JSON of every row. */
  get texts(): string[] {
    return Array.from(this.#rows.values(), ({ json }) => json);
  }

  /** Nobody reads any more. */
  clear(): void {
    this.#rows.clear();
  }

  /**
   * Compares the fleet with the rows. Goes on after each slice of work when it is asked to.
   *
   * @param instant Writes a monotonic instant as RFC 3339.
   */
  *look(
    fleet: readonly RowSource[],
    instant: (monotonicMs: number) => string,
  ): Generator<void, RowChanges> {
    const changed: string[] = [];
    const ids = new Set<string>();
    for (const source of fleet) {
      const { id } = source.view.registration;
      ids.add(id);
      const known = this.#rows.get(id);
      if (known !== undefined && isSame(known.source, source)) continue;
      const { view, conflict } = source;
      const json = JSON.stringify(clientViewOf(view, instant, conflict));
      this.#rows.set(id, { source, json });
      changed.push(json);
      if (changed.length % ROWS_PER_SLICE === 0) yield;
    }
    const gone = [...this.#rows.keys()].filter((id) => !ids.has(id));
    for (const id of gone) this.#rows.delete(id);
    return { changed, gone };
  }
}

interface Row {
  readonly source: RowSource;
  readonly json: string;
}

/** Each probe moves its instant and the smoothed latency a little: neither alone is worth a row. */
function isSame(
  { view: a, conflict: conflictA }: RowSource,
  { view: b, conflict: conflictB }: RowSource,
): boolean {
  return a.registration === b.registration && a.report === b.report &&
    a.lastSeenAt === b.lastSeenAt && a.active === b.active &&
    a.health === b.health && conflictA?.since === conflictB?.since &&
    conflictA?.claimants.length === conflictB?.claimants.length &&
    Math.round(a.latencyMs) === Math.round(b.latencyMs) &&
    a.held.leases === b.held.leases && a.held.vcpu === b.held.vcpu &&
    a.held.memoryGb === b.held.memoryGb &&
    a.held.storageGb === b.held.storageGb &&
    isSameObstacle(a.obstacle, b.obstacle) && isSameDrain(a.drain, b.drain);
}

/** The age of a report that is too old grows each second. */
function isSameObstacle(a: string | undefined, b: string | undefined): boolean {
  return a === b ||
    a !== undefined && b !== undefined &&
      a.replace(AGE, "") === b.replace(AGE, "");
}

const AGE = /^last report \d+ s/;

function isSameDrain(a: BackendView["drain"], b: BackendView["drain"]) {
  if (a === undefined || b === undefined) return a === b;
  return a.state === b.state && a.since === b.since &&
    a.by.length === b.by.length && a.deadlineAt === b.deadlineAt &&
    a.sessions === b.sessions && a.inFlight === b.inFlight;
}
