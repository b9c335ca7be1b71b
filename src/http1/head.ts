/**
 * The fields of one message head as positions in the bytes it was read from: nothing is copied and nothing allocated,
 * so one instance reads head after head. Owner: whoever parses; bounded by {@link FIELDS_MAX}.
 */

/** Most fields of a head. Browsers send 20 to 30; HAProxy stops at 101. */
export const FIELDS_MAX = 256;
/** Most octets of a head, first line included. nginx takes 32 KiB by default, Node 16 KiB. */
export const HEAD_BYTES_MAX = 65_536;
/** Most field names that one message may nominate in Connection. */
const NOMINATED_MAX = 32;

/** Numbers kept of each field. */
const STRIDE = 5;

/** The fields of a head. */
export class Fields {
  /** How many there are. */
  count = 0;
  /** How many names Connection nominates. */
  nominatedCount = 0;
  readonly #at = new Int32Array(FIELDS_MAX * STRIDE);
  readonly #dropped = new Uint8Array(FIELDS_MAX);
  readonly #nominated = new Int32Array(NOMINATED_MAX * 2);

  /** Forgets all fields. */
  clear(): void {
    this.count = 0;
    this.nominatedCount = 0;
  }

  /** Adds a field; false when there are too many. The value has no surrounding blanks. */
  add(
    name: number,
    nameEnd: number,
    value: number,
    valueEnd: number,
    number: number,
  ): boolean {
    if (this.count === FIELDS_MAX) return false;
    const base = this.count * STRIDE;
    this.#at[base] = name;
    this.#at[base + 1] = nameEnd;
    this.#at[base + 2] = value;
    this.#at[base + 3] = valueEnd;
    this.#at[base + 4] = number;
    this.#dropped[this.count] = 0;
    this.count++;
    return true;
  }

  /** Where the name of field `i` begins; the line begins there too. */
  nameStart(i: number): number {
    return this.#at[i * STRIDE]!;
  }

  /** Where its name ends. */
  nameEnd(i: number): number {
    return this.#at[i * STRIDE + 1]!;
  }

  /** Where its value begins. */
  valueStart(i: number): number {
    return this.#at[i * STRIDE + 2]!;
  }

  /** Where its value ends. */
  valueEnd(i: number): number {
    return this.#at[i * STRIDE + 3]!;
  }

  /** The number of its name (field_names.ts). */
  number(i: number): number {
    return this.#at[i * STRIDE + 4]!;
  }

  /** Leaves the field out of what is sent on. */
  drop(i: number): void {
    this.#dropped[i] = 1;
  }

  /** Whether it is left out. */
  isDropped(i: number): boolean {
    return this.#dropped[i] === 1;
  }

  /** Notes a name that Connection nominates; false when there are too many. */
  nominate(start: number, end: number): boolean {
    if (this.nominatedCount === NOMINATED_MAX) return false;
    this.#nominated[this.nominatedCount * 2] = start;
    this.#nominated[this.nominatedCount * 2 + 1] = end;
    this.nominatedCount++;
    return true;
  }

  /** Where nominated name `i` begins. */
  nominatedStart(i: number): number {
    return this.#nominated[i * 2]!;
  }

  /** Where it ends. */
  nominatedEnd(i: number): number {
    return this.#nominated[i * 2 + 1]!;
  }
}
