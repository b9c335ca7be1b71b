/**
 * The page of a process: all families as they are now. It is written in slices, so that a scrape of a large fleet keeps no
 * request waiting. Owner of the pages that are being written, at most one in each form: who asks meanwhile gets the same.
 */
import type { MetricsText } from "../traffic_ports.ts";
import {
  CONTENT_TYPES,
  ENDS,
  type Form,
  headOf,
  preferredForm,
} from "./exposition.ts";
import { type Family, oneGauge } from "./family.ts";

/**
 * Series that a page has at most, those aside that somebody asked for: as many as 1,000 backends are promised to stay
 * within. A family that would pass it is left out whole: half a family looks like half a fleet.
 */
export const SERIES_MAX = 10_000;

/** Series that somebody asked for, at most: 1,000 backends of 96 cores. Some 8 MB of text. */
export const ASKED_SERIES_MAX = 100_000;

/** How long the page is written before others have their turn, milliseconds. */
const SLICE_MS = 2;

/** Lines between two looks at the clock: some microseconds of work. */
const LINES_PER_LOOK = 32;

/** Families as they are now, in the order in which they matter: what does not fit any more is left out from the end. */
export interface PageFamilies {
  /** What everybody gets. */
  readonly usual: readonly Family[];
  /** What somebody asked for. */
  readonly askedFor: readonly Family[];
}

/** How the page is written. */
export interface PagePace {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Lets others have their turn. */
  readonly rest: () => Promise<void>;
}

/** Writes pages. */
export class Page {
  readonly #read: () => PageFamilies;
  readonly #pace: PagePace;
  readonly #beingWritten = new Map<Form, Promise<string>>();

  /** `read` is called once for each page. */
  constructor(read: () => PageFamilies, pace: PagePace = SYSTEM_PACE) {
    this.#read = read;
    this.#pace = pace;
  }

  /** The page in the form that the `Accept` field prefers. */
  async render(accept: string | null): Promise<MetricsText> {
    const form = preferredForm(accept);
    return { type: CONTENT_TYPES[form], text: await this.#text(form) };
  }

  #text(form: Form): Promise<string> {
    let text = this.#beingWritten.get(form);
    if (text === undefined) {
      text = this.#write(form).finally(() => this.#beingWritten.delete(form));
      this.#beingWritten.set(form, text);
    }
    return text;
  }

  async #write(form: Form): Promise<string> {
    const { now, rest } = this.#pace;
    const slices: string[] = [];
    let slice = "";
    let lines = 0;
    let until = now() + SLICE_MS;
    for (const family of this.#families()) {
      slice += headOf(family, form);
      for (const line of family.lines()) {
        slice += line;
        if (++lines % LINES_PER_LOOK > 0 || now() < until) continue;
        slices.push(slice);
        slice = "";
        await rest();
        until = now() + SLICE_MS;
      }
    }
    slices.push(slice, ENDS[form]);
    return slices.join("");
  }

  #families(): readonly Family[] {
    const { usual: everybodys, askedFor } = this.#read();
    // The series that says so counts too.
    const usual = fitting(everybodys, SERIES_MAX - 1);
    const asked = fitting(askedFor, ASKED_SERIES_MAX);
    const leftOut = oneGauge({
      name: "opsen_metrics_families_left_out",
      help: "Families that are not on this page because of its bound",
    }, usual.leftOut + asked.leftOut);
    return [...usual.kept, ...asked.kept, leftOut];
  }
}

function fitting(families: readonly Family[], seriesMax: number) {
  const kept: Family[] = [];
  let series = 0;
  for (const family of families) {
    if (series + family.size > seriesMax) continue;
    series += family.size;
    kept.push(family);
  }
  return { kept, leftOut: families.length - kept.length };
}

const SYSTEM_PACE: PagePace = {
  now: () => performance.now(),
  rest: () => new Promise((resolve) => setTimeout(resolve, 0)),
};
