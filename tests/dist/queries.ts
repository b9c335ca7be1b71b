/** The names of metrics that queries speak of, and those that the page of a server has. */
import type { ConfigControl } from "../../src/wire/reload_outcome.ts";
import { serverConfig } from "../config/load_text.ts";
import { largeFleet, metricsOver } from "../metrics/large_fleet.ts";
import { familiesOf } from "../metrics/page_lines.ts";

/** Names of ours in a query. */
export function namesIn(query: string): readonly string[] {
  const bare = query.replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/\b(by|on|without|ignoring) ?\([^)]*\)/g, "");
  return bare.match(/\b(opsen|process)_\w+/g) ?? [];
}

/** Every name that a series of a server can have. */
export async function servedNames(): Promise<ReadonlySet<string>> {
  const config = await serverConfig(
    "metrics: {per_core: true, per_gpu: true}\nqueue: {enabled: true}\n",
  );
  const balancer = largeFleet(2, { lengthMax: 1, waitMsMax: 1000 });
  using metrics = metricsOver(balancer, config, {
    current: () => ({ version: 1, hash: "", appliedAtMs: 0 }),
    refusedCount: 0,
  } as ConfigControl);
  const { text } = await metrics.render(null)!;
  return new Set(
    familiesOf(text).flatMap(({ name, type }) =>
      type === "histogram"
        ? [`${name}_bucket`, `${name}_sum`, `${name}_count`]
        : [name]
    ),
  );
}
