/** Makes a failing list of steps shorter, so that what is wrong can be seen. */

/** Most tries; a shrunk list need not be the shortest. */
const TRIES_MAX = 4000;

/** The shortest list found by leaving out runs of items, again until nothing more can go, that still fails. */
export function shrinkSteps<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => boolean,
  triesMax = TRIES_MAX,
): readonly Item[] {
  let shortest = items;
  let tries = 0;
  for (let before = Infinity; shortest.length < before;) {
    before = shortest.length;
    for (let size = before >> 1 || 1; size >= 1; size >>= 1) {
      for (let at = 0; at + size <= shortest.length;) {
        if (++tries > triesMax) return shortest;
        const without = shortest.toSpliced(at, size);
        if (fails(without)) shortest = without;
        else at += size;
      }
    }
  }
  return shortest;
}
