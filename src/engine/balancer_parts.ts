/** What a balancer is made of, put together from its settings. */
import { AdaptiveRule } from "./adaptive.ts";
import type { BalancerOptions } from "./balancer_options.ts";
import { ClassicRule } from "./classic.ts";
import { Ejecting } from "./ejecting.ts";
import { Fleet } from "./fleet.ts";
import { LeaseBook } from "./lease_book.ts";
import { Placing } from "./placing.ts";
import type { Rule } from "./rule.ts";
import { Sticky } from "./sticky.ts";
import { Waiting } from "./waiting.ts";

/** The parts; each owns its own state. */
export interface BalancerParts {
  /** Who fits, and at what score. */
  readonly rule: Rule;
  /** The backends. */
  readonly fleet: Fleet;
  /** Which backend each session uses. */
  readonly sticky: Sticky;
  /** The leases. */
  readonly book: LeaseBook;
  /** From asks to bookings. */
  readonly placing: Placing;
  /** Absent when nobody may wait. */
  readonly waiting: Waiting | undefined;
  /** Who is left out because requests to it failed. */
  readonly ejecting: Ejecting;
}

/** The parts of an empty fleet. */
export function balancerParts(options: BalancerOptions): BalancerParts {
  const { tiers, routing, queue, staleAfterMs, chance } = options;
  const isAdaptive = routing.mode === "adaptive";
  const rule = isAdaptive
    ? new AdaptiveRule(routing.options)
    : new ClassicRule();
  const cards = {
    busyPct: isAdaptive ? routing.options.gpuBusyPct : Infinity,
    areExclusive: isAdaptive,
  };
  const fleet = new Fleet({ tiers, staleAfterMs, rule, cards, chance });
  const { onForgotten = ignore, onEjection = ignore } = options;
  const sticky = new Sticky(options.maxSticky, onForgotten);
  const book = new LeaseBook(fleet, rule, options);
  const placing = new Placing({ fleet, rule, book, sticky, options });
  const waiting = queue && new Waiting(queue, placing, fleet, rule);
  const ejecting = new Ejecting(fleet, options.ejection, onEjection);
  return { rule, fleet, sticky, book, placing, waiting, ejecting };
}

function ignore(): void {}
