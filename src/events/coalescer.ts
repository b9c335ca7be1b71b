/**
 * What flaps must not flood: of the events about one subject (the ejection of one backend, its health, the panic of the
 * fleet) the first {@link PASSED_MAX} within {@link WINDOW_MS} pass at once, of the others the latest passes when that
 * time is over and says how many it stands for. So the last that a receiver hears is how things are.
 *
 * Owns one window for each subject that had an event lately, {@link WINDOWS_MAX} at most. Takes time as an argument.
 */
import type { EventType, ServerEvent } from "../ports.ts";

/** An event that passes. */
export interface Passed {
  readonly event: ServerEvent;
  /** When it happened, wall-clock milliseconds. */
  readonly atMs: number;
  /** How many earlier ones about the same subject it stands for. */
  readonly suppressed: number;
}

/** An event of a subject passes so often in this time: a backend that fails, returns and fails again takes longer. */
export const WINDOW_MS = 10_000;
/** Away and back again. */
const PASSED_MAX = 2;
/** Beyond it events pass: as many as wait for delivery at most, so that what is lost is lost and counted there. */
const WINDOWS_MAX = 1000;

/** What may change to and fro by itself; what people ask for is told each time. */
const SUBJECTS: Partial<Readonly<Record<EventType, string>>> = {
  "backend.ejected": "ejection",
  "backend.returned": "ejection",
  "backend.unhealthy": "health",
  "backend.healthy": "health",
  "backend.conflict": "conflict",
  "fleet.panic": "panic",
  "fleet.calm": "panic",
  "store.degraded": "store",
  "store.recovered": "store",
};

interface Window {
  readonly endsAt: number;
  passed: number;
  held: Passed | undefined;
}

/** Holds back what comes too often. */
export class Coalescer {
  readonly #windows = new Map<string, Window>();

  /** When the next window ends, monotonic milliseconds; undefined when there is none. */
  get dueAt(): number | undefined {
    // Windows are equally long, so the first opened ends first.
    const [first] = this.#windows.values();
    return first?.endsAt;
  }

  /** The event as it passes now; undefined when it is held back. */
  take(event: ServerEvent, atMs: number, now: number): Passed | undefined {
    const passed = { event, atMs, suppressed: 0 };
    const subject = subjectOf(event);
    if (subject === undefined) return passed;
    const window = this.#windows.get(subject);
    if (window === undefined) {
      if (this.#windows.size < WINDOWS_MAX) this.#open(subject, now);
      return passed;
    }
    if (window.passed < PASSED_MAX) {
      window.passed++;
      return passed;
    }
    const suppressed = window.held === undefined
      ? 0
      : window.held.suppressed + 1;
    window.held = { ...passed, suppressed };
    return undefined;
  }

  /** What was held back and passes now. Each opens the next window of its subject. */
  due(now: number): Passed[] {
    const ended = [...this.#windows].filter(([, { endsAt }]) => endsAt <= now);
    return ended.flatMap(([subject, { held }]) => {
      this.#windows.delete(subject);
      if (held === undefined) return [];
      this.#open(subject, now);
      return [held];
    });
  }

  /** All that is held back, at once. */
  drain(): Passed[] {
    const held = [...this.#windows.values()].flatMap(({ held }) => held ?? []);
    this.#windows.clear();
    return held;
  }

  #open(subject: string, now: number): void {
    const window = { endsAt: now + WINDOW_MS, passed: 1, held: undefined };
    this.#windows.set(subject, window);
  }
}

function subjectOf({ type, data }: ServerEvent): string | undefined {
  const subject = SUBJECTS[type];
  return subject && `${subject} ${data.client_id ?? ""}`;
}
