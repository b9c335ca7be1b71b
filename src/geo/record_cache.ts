/**
 * What the reader decoded, by where it stands in the file: callers of one city share a record, which takes ten times as
 * long to decode as to find. Bounded by {@link RECORDS_MAX} in each of two generations, and a record by
 * {@link REFERENCES_MAX}.
 */
import { Generations } from "./generations.ts";
import { field } from "./place_in.ts";

/** Some 4 MB in all, and more cities than most services are called from. */
const RECORDS_MAX = 4_096;

/**
 * Values that a record may refer to. Those of cities refer to some fifty; where a file is damaged, a reference can lead
 * anywhere, and from there to so many others that following them would take longer than anybody waits.
 */
const REFERENCES_MAX = 1_000;

/** A value of the file and where the next one begins, as the reader keeps them. */
interface Decoded {
  readonly value: unknown;
  readonly offset: number;
}

/** The cache that the reader is given. */
export class RecordCache {
  readonly #kept = new Generations<number | string, Decoded>(RECORDS_MAX);

  /** Where the record begins that is looked up, and the values that it referred to so far. */
  #record: number | string = 0;
  #references = 0;

  /** Another record is looked up. */
  begin(): void {
    this.#references = 0;
  }

  /** The record that is looked up can't be read: whoever asks for it again hears at once that it has nothing. */
  giveUp(): void {
    if (this.#references === 0) return;
    this.#kept.set(this.#record, { value: undefined, offset: 0 });
  }

  /** The reader asks for the record first, then for each value that it refers to. */
  get(offset: number | string): Decoded | undefined {
    if (this.#references === 0) this.#record = offset;
    if (++this.#references > REFERENCES_MAX) {
      throw new RangeError(
        `a record refers to more than ${REFERENCES_MAX} values`,
      );
    }
    return this.#kept.get(offset);
  }

  /** Keeps of a record the parts that a place is made of, and nothing of what records refer to. */
  set(offset: number | string, { value, offset: end }: Decoded): void {
    const location = field(value, "location");
    if (location === undefined) return;
    const { country, city } = value as Record<string, unknown>;
    const names = field(city, "names");
    const name = field(names, "en");
    this.#kept.set(offset, {
      value: {
        location,
        country: { iso_code: field(country, "iso_code") },
        city: { names: name === undefined ? names : { en: name } },
      },
      offset: end,
    });
  }
}
