/**
 * `POST /route` over HTTP beside an empty Hono handler behind the same edge: what deciding, booking and storing cost a
 * caller. Both are real processes and take turns under the load of wrk; the median of the ratios within a round is
 * shown. Exits 1 when a ratio is below 80 % of its aim.
 *
 *     deno task bench:route [--quick] [--only plain|sticky] [--json]
 */
import { parseArgs } from "node:util";
import { atLeast, type Figure, isFailed, lineOf } from "./proxy/figures.ts";
import { cpuMs, isInstalled } from "./proxy/program.ts";
import { inTurn, median, medianRatio, type Results } from "./proxy/rounds.ts";
import { StartedProxies } from "./proxy/started.ts";
import type { WrkRun } from "./proxy/wrk.ts";
import { CONNECTIONS, runAsks, type Sessions } from "./route/asks.ts";
import { startEmpty, startRoute } from "./route/servers.ts";

const KINDS: readonly Sessions[] = ["plain", "sticky"];
/** The share of an empty handler's requests per second that is wanted. */
const SHARE_WANTED = 0.8;
/** A first run in which the runtimes compile what is hot. */
const WARM_UP_SECONDS = 2;
const THOROUGH = { rounds: 3, seconds: 5 };
const QUICK = { rounds: 3, seconds: 1 };
/** 128 and the number of SIGINT, as a shell says it. */
const INTERRUPTED = 130;

/** A run, and the CPU time of the server per request. */
interface Run extends WrkRun {
  readonly cpuUs: number;
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
Deno.exit(await main());

async function main(): Promise<number> {
  if (!await isInstalled("wrk")) {
    console.error("Nothing is measured: wrk is not installed");
    return 0;
  }
  const { rounds, seconds } = values.quick ? QUICK : THOROUGH;
  await using running = new AsyncDisposableStack();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      void running.disposeAsync().then(() => Deno.exit(INTERRUPTED));
    });
  }
  const folder = await Deno.makeTempDir({ prefix: "opsen-route-bench-" });
  running.defer(() => Deno.remove(folder, { recursive: true }));
  const servers = running.use(new StartedProxies());
  servers.set("empty", await startEmpty(folder));
  servers.set("route", await startRoute(folder));

  const figures: Figure[] = [];
  for (const kind of kinds()) {
    const run = async (url: string, pid: number, seconds: number) => {
      const before = cpuMs(pid);
      const sent = await runAsks(url, kind, seconds);
      const requests = sent.requestsPerSecond * seconds;
      return { ...sent, cpuUs: 1000 * (cpuMs(pid) - before) / requests };
    };
    for (const { url, pid } of servers.values()) {
      await run(url, pid, WARM_UP_SECONDS);
    }
    const results = await inTurn<Run>(
      servers,
      rounds,
      ({ url, pid }) => run(url, pid, seconds),
    );
    figures.push(...figuresOf(`${kind}, ${CONNECTIONS}:`, results));
  }
  if (values.json) console.log(JSON.stringify(figures));
  else figures.map(lineOf).forEach((line) => console.log(line));
  return figures.some(isFailed) ? 1 : 0;
}

function kinds(): readonly Sessions[] {
  const { only } = values;
  if (only === undefined) return KINDS;
  const found = KINDS.filter((kind) => kind === only);
  if (found.length > 0) return found;
  throw new TypeError(`--only must be one of ${KINDS.join(", ")}: "${only}"`);
}

function figuresOf(title: string, results: Results<Run>): readonly Figure[] {
  return [
    ...[...results].flatMap(([name, runs]): readonly Figure[] => [
      {
        name: `${title} requests/s, ${name}`,
        measured: median(runs.map(rate)),
        unit: "/s",
      },
      {
        name: `${title} p50, ${name}`,
        measured: median(runs.map(({ p50Ms }) => p50Ms)),
        unit: "ms",
      },
      {
        name: `${title} p99, ${name}`,
        measured: median(runs.map(({ p99Ms }) => p99Ms)),
        unit: "ms",
      },
      {
        name: `${title} CPU per request, ${name}`,
        measured: median(runs.map(cpu)),
        unit: "µs",
      },
    ]),
    {
      name: `${title} CPU per request, empty : route`,
      measured: medianRatio(results, "empty", "route", cpu),
      unit: "x",
    },
    {
      name: `${title} requests/s, route : empty`,
      measured: medianRatio(results, "route", "empty", rate),
      unit: "x",
      aim: atLeast(SHARE_WANTED),
    },
  ];
}

function rate({ requestsPerSecond }: Run): number {
  return requestsPerSecond;
}

function cpu({ cpuUs }: Run): number {
  return cpuUs;
}
