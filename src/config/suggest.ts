/** "Did you mean": the known name that somebody most likely wanted to write. */

/** Longest name that is compared; the cost grows with the square. */
const LENGTH_MAX = 64;

/** Part of a name, and number of letters, that may be wrong and still count as a slip. */
const SLIP_SHARE = 0.3;
const SLIPS_MAX = 3;

/** The closest of the known names, or undefined when none is close. */
export function suggest(
  name: string,
  known: Iterable<string>,
): string | undefined {
  if (name.length > LENGTH_MAX) return undefined;
  const plain = letters(name);
  let best: string | undefined;
  let least = Math.min(Math.ceil(plain.length * SLIP_SHARE), SLIPS_MAX) + 1;
  for (const candidate of known) {
    const slips = distance(plain, letters(candidate));
    if (slips < least) {
      best = candidate;
      least = slips;
    }
  }
  return best;
}

/** `staleMinutes`, `stale-minutes` and `STALE_MINUTES` are all the same name, written differently. */
function letters(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let least = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      const swapped = from[row - 1] === to[column - 2] &&
        from[row - 2] === to[column - 1];
      if (swapped) least = Math.min(least, at(beforeLast, column - 2) + 1);
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
