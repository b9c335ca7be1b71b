/**
 * What happened in the demo so far, for the views and the summary. Owner of the decisions shown, bounded by
 * {@link DECISIONS_KEPT}.
 */
import type { RouteAnswer } from "../../wire/answers.ts";
import type { ClientView } from "../../wire/client_view.ts";

/** What a caller asked for. */
export interface Wish {
  readonly tier: string;
  readonly vcpu: number;
  /** Name of the place the caller is at. */
  readonly from: string;
  /** Id of the caller's session, when it has one. */
  readonly session?: string;
}

/** One decision as it fell. */
export type Told =
  | {
    readonly kind: "placed";
    readonly wish: Wish;
    readonly answer: RouteAnswer;
    readonly why: string;
  }
  | {
    readonly kind: "refused";
    readonly wish: Wish;
    readonly tally: Readonly<Record<string, number>>;
  };

/** Decisions that stay visible. */
export const DECISIONS_KEPT = 12;

/** The demo's record. */
export class Story {
  /** The newest decisions, oldest first. */
  readonly decisions: Told[] = [];
  /** The fleet as the server showed it last. */
  fleet: readonly ClientView[] = [];
  placed = 0;
  refused = 0;
  /** Calls that failed for another reason than a refusal. */
  failed = 0;
  /** Placements by backend's host name. */
  readonly placedOn = new Map<string, number>();
  /** Refusals by reason, added up over all tallies. */
  readonly refusedFor = new Map<string, number>();
  /** Which backend each returning caller's session is on; bounded by the callers there are. */
  readonly homes = new Map<string, string>();
  readonly #machines: number;
  #onTold: (told: Told) => void = () => {};

  /** The story of that many machines. */
  constructor(machines: number) {
    this.#machines = machines;
  }

  /** Whether every machine is registered and ready for work. */
  get fleetIsUp(): boolean {
    return this.fleet.filter((view) => view.routable).length >= this.#machines;
  }

  /** Calls back at every decision. */
  listen(onTold: (told: Told) => void): void {
    this.#onTold = onTold;
  }

  /** Records a decision. */
  tell(told: Told): void {
    this.decisions.push(told);
    if (this.decisions.length > DECISIONS_KEPT) this.decisions.shift();
    switch (told.kind) {
      case "placed":
        this.placed++;
        add(this.placedOn, told.answer.hostname, 1);
        break;
      case "refused":
        this.refused++;
        for (const [reason, count] of Object.entries(told.tally)) {
          if (count > 0) add(this.refusedFor, reason, count);
        }
        break;
    }
    this.#onTold(told);
  }

  /** Whether the demo showed what it is for. */
  get complete(): boolean {
    return this.placed > 0 && this.refused > 0 && this.refusedFor.size > 0;
  }
}

function add(counts: Map<string, number>, name: string, more: number): void {
  counts.set(name, (counts.get(name) ?? 0) + more);
}
