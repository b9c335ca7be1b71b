/**
 * Families of what is counted while requests pass. An instrument is made once for its labels and kept by whoever counts;
 * whoever asks for instruments bounds how many labels there are.
 */
import type { About, Family } from "./family.ts";
import { Counter, Histogram } from "./instruments.ts";
import { boundText, type Labels, labelText, numberText } from "./line_text.ts";

/** Counters of one name. */
export class CounterFamily implements Family {
  readonly type = "counter";
  readonly name: string;
  readonly help: string;
  readonly unit: Family["unit"];
  readonly #counters = new Map<string, Counter>();

  constructor({ name, help, unit }: About) {
    this.name = name;
    this.help = help;
    this.unit = unit;
  }

  get size(): number {
    return this.#counters.size;
  }

  /** The counter with these labels. */
  of(labels: Labels = {}): Counter {
    const key = labelText(labels);
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      counter = new Counter();
      this.#counters.set(key, counter);
    }
    return counter;
  }

  *lines(): Generator<string> {
    for (const [labels, { value }] of this.#counters) {
      yield `${this.name}_total${labels} ${numberText(value)}\n`;
    }
  }
}

/** Histograms of one name, with the same buckets. */
export class HistogramFamily implements Family {
  readonly type = "histogram";
  readonly name: string;
  readonly help: string;
  readonly unit: Family["unit"];
  readonly #bounds: readonly number[];
  readonly #ends: readonly string[];
  readonly #histograms = new Map<string, Histogram>();

  constructor({ name, help, unit }: About, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.unit = unit;
    this.#bounds = bounds;
    this.#ends = [...bounds, Infinity].map(boundText);
  }

  get size(): number {
    return this.#histograms.size * (this.#ends.length + 2);
  }

  /** The histogram with these labels. */
  of(labels: Labels = {}): Histogram {
    const key = labelText(labels);
    let histogram = this.#histograms.get(key);
    if (histogram === undefined) {
      histogram = new Histogram(this.#bounds);
      this.#histograms.set(key, histogram);
    }
    return histogram;
  }

  /** One histogram is one piece: what is counted while the page is written must not tear it. */
  *lines(): Generator<string> {
    for (const [labels, histogram] of this.#histograms) {
      yield this.#textOf(labels, histogram);
    }
  }

  #textOf(labels: string, { counts, sum }: Histogram): string {
    const { name } = this;
    const before = labels === "" ? "{" : `${labels.slice(0, -1)},`;
    let text = "";
    let count = 0;
    for (const [index, end] of this.#ends.entries()) {
      count += counts[index]!;
      text += `${name}_bucket${before}le="${end}"} ${count}\n`;
    }
    return `${text}${name}_sum${labels} ${numberText(sum)}\n` +
      `${name}_count${labels} ${count}\n`;
  }
}
