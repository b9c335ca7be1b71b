/** Ids of requests: short, cheap, and different for each request of each process. */
import type { Random } from "../ports.ts";

/** Characters of the part that differs between processes: 36^8 of them, so that logs of a fleet can be joined. */
const PREFIX_CHARS = 8;

/** A maker of ids such as `k3v9x0qa-1f`: the process, then a count in base 36. */
export function requestIds(random: Random): () => string {
  const prefix = Array.from(
    { length: PREFIX_CHARS },
    () => Math.floor(random.next() * 36).toString(36),
  ).join("");
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
