/** Runs of several proxies in turn, so that what else the machine does meets all of them alike. */
import type { Proxy } from "./contestants.ts";

/** The results of each, one per round, in the order of the rounds. */
export type Results<T> = ReadonlyMap<string, readonly T[]>;

/** Runs each once per round; every round begins with another one. */
export async function inTurn<T>(
  proxies: ReadonlyMap<string, Proxy>,
  rounds: number,
  run: (proxy: Proxy) => Promise<T>,
): Promise<Results<T>> {
  const all = [...proxies];
  const results = new Map<string, T[]>(all.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < all.length; i++) {
      const [name, proxy] = all[(round + i) % all.length] ?? [];
      if (name === undefined || proxy === undefined) continue;
      await proxy.refresh();
      results.get(name)?.push(await run(proxy));
    }
  }
  return results;
}

/** The median over the rounds of one's value by another's; NaN when one of them took no part. */
export function medianRatio<T>(
  results: Results<T>,
  name: string,
  against: string,
  value: (result: T) => number,
): number {
  const others = results.get(against) ?? [];
  const ratios = (results.get(name) ?? []).flatMap((result, round) => {
    const other = others[round];
    return other === undefined ? [] : [value(result) / value(other)];
  });
  return median(ratios);
}

/** The middle of the values, NaN when there are none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which this share of the values lies, NaN when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}
