/**
 * Series of one name: what they are, and how each is written. Lines of series are the same in both forms of the page;
 * what stands above them is not (`exposition.ts`).
 */
import { type Labels, labelText, numberText } from "./line_text.ts";

/** A family of series. */
export interface Family extends About {
  readonly type: "counter" | "gauge" | "histogram" | "info";
  /** How many series it has now. */
  readonly size: number;
  /** The lines of its series, each with its end. */
  lines(): Iterable<string>;
}

/** What a family says of itself. */
export interface About {
  /** Without the suffix that counters and infos have. */
  readonly name: string;
  /** What it is, in a sentence without its end. */
  readonly help: string;
  /** The unit that the name ends in, if it has one. */
  readonly unit?: Unit | undefined;
}

/** Units that names end in. */
export type Unit = "seconds" | "bytes" | "ratio" | "celsius" | "cores";

/** A value, and the text of the labels that tell it from the others of its family. */
export type Sample = readonly [labels: string, value: number];

/** Values that go up and down. */
export function gauge(about: About, samples: readonly Sample[]): Family {
  return readings(about, "gauge", about.name, samples);
}

/**
 * Values of many things, which are looked at while they are written: to put them all together beforehand would keep
 * requests waiting.
 */
export function gaugeOf<Thing>(
  about: About,
  things: readonly Thing[],
  labelsOf: (thing: Thing) => string,
  valueOf: (thing: Thing) => number | undefined,
): Family {
  let size = 0;
  for (const thing of things) if (valueOf(thing) !== undefined) size++;
  return {
    ...about,
    type: "gauge",
    size,
    *lines() {
      for (const thing of things) {
        const value = valueOf(thing);
        if (value === undefined) continue;
        yield `${about.name}${labelsOf(thing)} ${numberText(value)}\n`;
      }
    },
  };
}

/** The only value of its name. */
export function oneGauge(about: About, value: number): Family {
  return gauge(about, [["", value]]);
}

/** Values by one label. */
export function gaugeBy(
  about: About,
  label: string,
  values: Iterable<readonly [string, number]>,
): Family {
  return gauge(about, samplesBy(label, values));
}

/** Totals that are counted elsewhere. */
export function total(about: About, samples: readonly Sample[]): Family {
  return readings(about, "counter", `${about.name}_total`, samples);
}

/** The only total of its name. */
export function oneTotal(about: About, value: number): Family {
  return total(about, [["", value]]);
}

/** What does not change: it stands in labels. */
export function info(about: About, labels: Labels): Family {
  const sample = [labelText(labels), 1] as const;
  return readings(about, "info", `${about.name}_info`, [sample]);
}

/** Values with one label each. */
export function samplesBy(
  label: string,
  values: Iterable<readonly [string, number]>,
): Sample[] {
  return Array.from(
    values,
    ([key, value]) => [labelText({ [label]: key }), value] as const,
  );
}

function readings(
  about: About,
  type: Family["type"],
  name: string,
  samples: readonly Sample[],
): Family {
  return {
    ...about,
    type,
    size: samples.length,
    *lines() {
      for (const [labels, value] of samples) {
        yield `${name}${labels} ${numberText(value)}\n`;
      }
    },
  };
}
