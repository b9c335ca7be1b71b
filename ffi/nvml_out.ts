/**
 * Where NVML writes an answer, and the check of what it wrote. Before each call every bit is set, which is "not
 * available" in nvml.h (NVML_VALUE_NOT_AVAILABLE, -1): a function that claims success and writes nothing is found out.
 */
import { DEVICE_TEXT_BYTES, type NvmlLayout } from "./nvml_layouts.ts";

/** Bytes outside of shared memory. */
type Bytes = Uint8Array<ArrayBuffer>;

const WORD_NONE = 0xffff_ffff;
const LONG_NONE = 0xffff_ffff_ffff_ffffn;

/** What texts of NVML are made of. */
const TEXT = /^[\x20-\x7e]+$/;

/** Bytes that are shown of an answer that can't be: those of the largest structure. */
const SHOWN_BYTES = 24;

/** Room for one answer. A value that can't be is undefined. */
export class NvmlOut {
  /** For a call to write to: as long as the longest answer. */
  readonly bytes: Bytes = new Uint8Array(DEVICE_TEXT_BYTES);
  /** For a second word, where a call gives two. */
  readonly second: Bytes = new Uint8Array(4);
  readonly #view = new DataView(this.bytes.buffer);

  /** Forgets the answer before; what is put in is what the layout asks for. */
  reset(layout?: NvmlLayout): void {
    this.bytes.fill(0xff);
    this.second.fill(0xff);
    layout?.given.forEach((word, index) =>
      this.#view.setUint32(4 * index, word, true)
    );
  }

  /** An unsigned int, at most `max`. */
  word(at: number, max: number): number | undefined {
    const value = this.#view.getUint32(at, true);
    return value === WORD_NONE || value > max ? undefined : value;
  }

  /** An int whose size is at most `max`. */
  signed(at: number, max: number): number | undefined {
    const value = this.#view.getInt32(at, true);
    return value === -1 || Math.abs(value) > max ? undefined : value;
  }

  /** An unsigned long long, as far as a number holds it. */
  long(at: number): number | undefined {
    const value = this.#view.getBigUint64(at, true);
    return value > Number.MAX_SAFE_INTEGER ? undefined : Number(value);
  }

  /** A pointer. */
  pointer(): bigint | undefined {
    const value = this.#view.getBigUint64(0, true);
    return value === 0n || value === LONG_NONE ? undefined : value;
  }

  /** A text with its NUL within `length` bytes. */
  text(length: number): string | undefined {
    const end = this.bytes.subarray(0, length).indexOf(0);
    const text = new TextDecoder().decode(this.bytes.subarray(0, end));
    return end > 0 && TEXT.test(text) ? text : undefined;
  }

  /** What was written, for people. */
  toString(): string {
    return this.bytes.subarray(0, SHOWN_BYTES).toHex();
  }
}
