/** Makes a failing input smaller, so that what is wrong can be seen. */

/** Most tries; a shrunk input need not be the smallest. */
const TRIES_MAX = 20_000;

/** The smallest input found by leaving out runs of octets that still fails. */
export function shrink(
  input: Uint8Array,
  fails: (input: Uint8Array) => boolean,
): Uint8Array {
  let smallest = input;
  let tries = 0;
  for (let size = input.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at + size <= smallest.length;) {
      if (++tries > TRIES_MAX) return smallest;
      const without = new Uint8Array(smallest.length - size);
      without.set(smallest.subarray(0, at));
      without.set(smallest.subarray(at + size), at);
      if (fails(without)) smallest = without;
      else at += size;
    }
  }
  return smallest;
}
