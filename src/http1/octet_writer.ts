/**
 * A buffer that heads and small pieces are put together in, so that they leave with one write. Owner: whoever writes;
 * bounded by its capacity, which the caller minds with {@link OctetWriter.fits}.
 */

/** Below this many octets a loop is faster than a call (measured: 30 ns for any length). */
const LOOP_BYTES_MAX = 32;

/** Appends octets. */
export class OctetWriter {
  /** The octets; those from `length` on mean nothing. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many there are. */
  length = 0;

  /** A buffer for so many octets. */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Whether so many more octets fit. */
  fits(count: number): boolean {
    return this.length + count <= this.bytes.length;
  }

  /** Appends bytes[start, end). */
  copy(bytes: Uint8Array, start: number, end: number): void {
    const count = end - start;
    if (count < LOOP_BYTES_MAX) {
      for (let i = 0; i < count; i++) {
        this.bytes[this.length + i] = bytes[start + i]!;
      }
    } else this.bytes.set(bytes.subarray(start, end), this.length);
    this.length += count;
  }

  /** Appends all octets of the array. */
  put(octets: Uint8Array): void {
    const count = octets.length;
    if (count < LOOP_BYTES_MAX) {
      for (let i = 0; i < count; i++) this.bytes[this.length + i] = octets[i]!;
    } else this.bytes.set(octets, this.length);
    this.length += count;
  }

  /** Appends one octet. */
  octet(octet: number): void {
    this.bytes[this.length++] = octet;
  }

  /** Appends a text of characters below 256. */
  text(text: string): void {
    for (let i = 0; i < text.length; i++) {
      this.bytes[this.length++] = text.charCodeAt(i);
    }
  }

  /** Appends a whole number below 2^31 in hexadecimal. */
  hex(value: number): void {
    let shift = 28;
    while (shift > 0 && (value >>> shift) === 0) shift -= 4;
    for (; shift >= 0; shift -= 4) {
      const digit = (value >>> shift) & 15;
      this.octet(digit < 10 ? 0x30 + digit : 0x57 + digit);
    }
  }
}
