/** How many things each address has now. Owner: the edge; bounded by the connections, since each counted thing has one. */

/** Counts by the group of an address; groups without any are forgotten. */
export class AddressCounts {
  readonly #counts = new Map<string, number>();

  /** How many groups have something. */
  get size(): number {
    return this.#counts.size;
  }

  /** How many a group has. */
  of(group: string): number {
    return this.#counts.get(group) ?? 0;
  }

  /** One more. */
  add(group: string): void {
    this.#counts.set(group, this.of(group) + 1);
  }

  /** One less. */
  remove(group: string): void {
    const left = this.of(group) - 1;
    if (left > 0) this.#counts.set(group, left);
    else this.#counts.delete(group);
  }
}
