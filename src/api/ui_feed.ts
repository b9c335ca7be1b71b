/**
 * The live feed of the dashboard (`wire/feed.ts`): each second what is new, computed once for all readers. Owner of the
 * readers, bounded by {@link READERS_MAX}, each with the events of one beat; a reader that has not taken them is told
 * nothing further until it has, and everything then. Nothing runs while nobody reads.
 */
import { mayDo } from "../policy/principal.ts";
import type { TrafficTotals } from "../traffic_ports.ts";
import type { FeedHello, FeedState } from "../wire/feed.ts";
import type { ApiDeps } from "./api_deps.ts";
import type { ClaimWatch } from "./claims.ts";
import type { Call, Outcome } from "./endpoint.ts";
import { FeedReader } from "./feed_reader.ts";
import { bytesOf, decisionsText, eventText, fleetPieces } from "./feed_text.ts";
import { FleetRows, type RowChanges } from "./fleet_rows.ts";
import { healthOf } from "./health.ts";
import { problem, serverIsStopping } from "./problems.ts";

/** Open pages, many for every operator: each costs as much as what it is told, which is a fleet at worst. */
export const READERS_MAX = 32;

/** How often readers are told, milliseconds. */
export const FEED_BEAT_MS = 1000;

/** Decisions that a page begins with. */
const DECISIONS_AT_FIRST = 100;

/** Decisions that are told a second; nobody reads more of them. */
const DECISIONS_PER_BEAT = 50;

/** Beats between two comments, which keep what stands between from taking the connection for dead. */
const BEATS_PER_COMMENT = 10;

/** How long a page waits before it comes back. */
const RETRY_MS = 2000;

/** What the feed tells of, renewed with the API's settings. */
export interface FeedDeps extends ApiDeps {
  readonly claims: ClaimWatch;
}

/** What a feed is made of. */
export interface LiveFeedParts {
  readonly totals: () => TrafficTotals;
  readonly hostname: string;
  readonly startedAtMs: number;
  /** Calls the task each {@link FEED_BEAT_MS} until it is disposed of. */
  readonly every: (task: () => void) => Disposable;
  /** Settles when other work had its chance. */
  readonly pause: () => Promise<void>;
}

/** A reader, and what it is told after the fleet. */
interface Told {
  readonly reader: FeedReader;
  readonly news: Uint8Array;
}

/** The feed of one server. */
export class LiveFeed {
  readonly #parts: LiveFeedParts;
  readonly #readers = new Set<FeedReader>();
  readonly #rows = new FleetRows();
  #deps: FeedDeps | undefined;
  #timer: Disposable | undefined;
  #isBeating = false;
  #beats = 0;
  #decisionsSeen = 0;

  /** Nobody reads yet. */
  constructor(parts: LiveFeedParts) {
    this.#parts = parts;
  }

  /** Tells of these from now on. */
  configure(deps: FeedDeps): void {
    if (deps.drainSignal !== this.#deps?.drainSignal) {
      deps.drainSignal?.addEventListener("abort", () => this.end());
    }
    this.#deps = deps;
  }

  /** A page begins to read. */
  open({ request, principal, lateRefusal }: Call): Outcome {
    const deps = this.#deps;
    if (deps === undefined || deps.drainSignal?.aborted === true) {
      return serverIsStopping();
    }
    if (this.#readers.size >= READERS_MAX) {
      const detail = `${READERS_MAX} pages read the feed already`;
      return problem("too_many_readers", detail, {
        headers: { "retry-after": "10" },
      });
    }
    if (request.method === "HEAD") return { ...STREAM, body: null };
    const { hostname, startedAtMs } = this.#parts;
    const { version, tierNames = [], place } = deps.settings;
    const hello: FeedHello = {
      version,
      hostname,
      started_at: new Date(startedAtMs).toISOString(),
      tiers: [...tierNames],
      ...(principal !== undefined && { key_name: principal.name }),
      may_change: principal === undefined || mayDo(principal, "admin"),
      ...(place !== undefined && {
        place: { latitude: place.latitude, longitude: place.longitude },
      }),
    };
    const reader = new FeedReader({
      mayRead: () => lateRefusal?.() === undefined,
      onGone: () => this.#remove(reader),
    });
    const greeting = eventText("hello", JSON.stringify(hello));
    reader.put(bytesOf(`retry: ${RETRY_MS}\n${greeting}`));
    this.#readers.add(reader);
    this.#timer ??= this.#parts.every(() => void this.beat());
    void this.beat();
    return { ...STREAM, body: reader.stream };
  }

  /** Tells every reader what is new, also those that come meanwhile; settles when they are told. */
  async beat(): Promise<void> {
    if (this.#isBeating || this.#readers.size === 0) return;
    this.#isBeating = true;
    try {
      do await this.#tell(); while (this.#hasNewcomer());
    } catch (error) {
      this.#deps?.logger.child("ui").error("Cannot tell the dashboard", {
        error,
      });
      this.end();
    } finally {
      this.#isBeating = false;
      if (this.#readers.size === 0) this.#rows.clear();
    }
  }

  /** Says good-bye to every reader. */
  end(): void {
    for (const reader of this.#readers) reader.end(BYE);
  }

  async #tell(): Promise<void> {
    const deps = this.#deps;
    if (deps === undefined) return;
    for (const reader of this.#readers) {
      if (!reader.mayRead) reader.end(BYE);
    }
    if (this.#readers.size === 0) return;
    const { changed, gone } = await this.#look(deps);
    const at = new Date(deps.clock.wallMs()).toISOString();
    const state = eventText("state", JSON.stringify(this.#state(deps, at))) +
      (this.#beats++ % BEATS_PER_COMMENT === 0 ? ":\n\n" : "");
    const { followers, behind } = this.#sort(deps, state);
    await this.#send(followers, fleetPieces(at, false, changed, gone));
    await this.#send(behind, fleetPieces(at, true, this.#rows.texts, []));
  }

  /** Who is told what has changed, and who everything, each with what comes after the fleet. */
  #sort(deps: FeedDeps, state: string): Record<"followers" | "behind", Told[]> {
    const { decisions: log, clock } = deps;
    const { added } = log;
    const news = bytesOf(
      decisionsText(log, this.#decisionsSeen, DECISIONS_PER_BEAT) + state,
    );
    const followers: Told[] = [];
    const behind: Told[] = [];
    for (const reader of this.#readers) {
      if (!reader.isReady(clock.monotonicMs())) continue;
      if (!reader.needsWhole) followers.push({ reader, news });
      else {
        const { decisionsSeen } = reader;
        const missed = decisionsText(log, decisionsSeen, DECISIONS_AT_FIRST);
        behind.push({ reader, news: bytesOf(missed + state) });
      }
      reader.needsWhole = false;
      reader.decisionsSeen = added;
    }
    this.#decisionsSeen = added;
    return { followers, behind };
  }

  async #send(told: readonly Told[], pieces: Iterable<string>): Promise<void> {
    if (told.length === 0) return;
    for (const piece of pieces) {
      const bytes = bytesOf(piece);
      for (const { reader } of told) reader.put(bytes);
      await this.#parts.pause();
    }
    for (const { reader, news } of told) reader.put(news);
  }

  #hasNewcomer(): boolean {
    return [...this.#readers].some(({ isNew }) => isNew);
  }

  async #look({ balancer, clock, claims }: FeedDeps): Promise<RowChanges> {
    const now = clock.monotonicMs();
    const zeroMs = clock.wallMs() - now;
    const fleet = balancer.backends(now).map((view) => ({
      view,
      conflict: claims.conflictOf(view.registration.id),
    }));
    const looking = this.#rows.look(
      fleet,
      (at) => new Date(zeroMs + at).toISOString(),
    );
    for (;;) {
      const step = looking.next();
      if (step.done === true) return step.value;
      await this.#parts.pause();
    }
  }

  #state(deps: FeedDeps, at: string): FeedState {
    const { balancer, clock } = deps;
    const totals = this.#parts.totals();
    return {
      at,
      health: healthOf(deps),
      connections: totals.connections,
      in_flight: totals.inFlight,
      leases: balancer.leaseCount,
      sessions: balancer.sessionCount,
      waiting: balancer.queue(clock.monotonicMs())?.depth ?? 0,
      decisions_total: { ...totals.decisions },
      refusal_reasons_total: { ...totals.refusalReasons },
      requests_total: { ...totals.requests },
    };
  }

  #remove(reader: FeedReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    if (!this.#isBeating) this.#rows.clear();
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}

/** nginx would hold the events back. */
const STREAM = {
  kind: "content",
  fields: {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  },
} as const;

const BYE = bytesOf(eventText("bye", "{}"));
