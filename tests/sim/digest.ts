/** A number for everything that was decided, in order: FNV-1a over texts. */

/** The running number. */
export class Digest {
  #hash = 0x811c9dc5;

  /** The number so far. */
  get value(): number {
    return this.#hash >>> 0;
  }

  /** Takes a text. */
  take(text: string): void {
    let hash = this.#hash;
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    this.#hash = Math.imul(hash ^ 0xff, 0x01000193);
  }
}
