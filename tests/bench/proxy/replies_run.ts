/** Small and large replies through each proxy, beside nginx in the same minutes. */
import { atLeast, atMost, type Figure } from "./figures.ts";
import type { Proxy } from "./contestants.ts";
import { LARGE, SMALL } from "./nginx.ts";
import { cpuMs } from "./program.ts";
import { inTurn, median, medianRatio, type Results } from "./rounds.ts";
import { runWrk, type WrkRun } from "./wrk.ts";

/** How long and how often. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

/** A run, and the CPU time of the proxy per request. */
interface Run extends WrkRun {
  readonly cpuUs: number;
}

type Proxies = ReadonlyMap<string, Proxy>;

const SMALL_CONNECTIONS = [1, 32, 256] as const;
const LARGE_CONNECTIONS = 16;
/** Replies that are compared with what the origin has: each of its ports takes part. */
const CHECKED_REPLIES = 12;
/** A first run in which the runtimes compile what is hot. */
const WARM_UP_SECONDS = 1;

/** Throws when the proxy changes a reply. */
export async function checkReplies({ url }: Proxy): Promise<void> {
  for (let i = 0; i < CHECKED_REPLIES; i++) {
    const response = await fetch(url + SMALL.path);
    const body = await response.text();
    if (response.status !== 200 || body !== SMALL.body) {
      throw new Error(
        `A small reply is ${response.status} "${body.slice(0, 200)}"`,
      );
    }
  }
  const response = await fetch(url + LARGE.path);
  const body = await response.bytes();
  if (
    body.length !== LARGE.bytes.length ||
    body.some((byte, at) => byte !== LARGE.bytes[at])
  ) throw new Error("The large reply has other bytes");
}

/** Requests per second and times of small replies. */
export async function measureSmall(
  proxies: Proxies,
  { rounds, seconds }: Effort,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const connections of SMALL_CONNECTIONS) {
    const run = (proxy: Proxy, duration: number) =>
      counted(proxy, SMALL.path, connections, duration);
    for (const proxy of proxies.values()) await run(proxy, WARM_UP_SECONDS);
    const results = await inTurn(
      proxies,
      rounds,
      (proxy) => run(proxy, seconds),
    );
    const title = `small, ${connections}:`;
    figures.push(...absolute(title, results));
    for (const name of proxies.keys()) {
      if (name === "nginx") continue;
      figures.push(...ratios(title, connections, name, results));
    }
    if (results.has("opsen-epoll") && results.has("caddy")) {
      figures.push({
        name: `${title} requests/s, opsen-epoll : caddy`,
        measured: medianRatio(results, "opsen-epoll", "caddy", rate),
        unit: "x",
        ...(connections > 1 && { aim: atLeast(4) }),
      });
    }
  }
  return figures;
}

/** Bytes per second of large replies. */
export async function measureLarge(
  proxies: Proxies,
  { rounds, seconds }: Effort,
): Promise<readonly Figure[]> {
  const results = await inTurn(
    proxies,
    rounds,
    (proxy) => counted(proxy, LARGE.path, LARGE_CONNECTIONS, seconds),
  );
  const names = [...proxies.keys()];
  return [
    ...names.map((name): Figure => ({
      name: `large, ${LARGE_CONNECTIONS}: MB/s, ${name}`,
      measured: median((results.get(name) ?? []).map(bytes)) / 1e6,
      unit: "/s",
    })),
    ...names.filter((name) => name !== "nginx").map((name): Figure => ({
      name: `large, ${LARGE_CONNECTIONS}: bytes/s, ${name} : nginx`,
      measured: medianRatio(results, name, "nginx", bytes),
      unit: "x",
      ...(name === "opsen-epoll" && { aim: atLeast(0.8) }),
    })),
  ];
}

/** Runs wrk and counts what the proxy spent meanwhile, which busy neighbours change less than its speed. */
async function counted(
  proxy: Proxy,
  path: string,
  connections: number,
  seconds: number,
): Promise<Run> {
  const before = cpuMs(proxy.pid);
  const run = await runWrk(proxy.url + path, connections, seconds);
  const requests = run.requestsPerSecond * seconds;
  return { ...run, cpuUs: 1000 * (cpuMs(proxy.pid) - before) / requests };
}

function absolute(title: string, results: Results<Run>): readonly Figure[] {
  return [...results].flatMap(([name, runs]): readonly Figure[] => [
    {
      name: `${title} requests/s, ${name}`,
      measured: median(runs.map(rate)),
      unit: "/s",
    },
    {
      name: `${title} p50, ${name}`,
      measured: median(runs.map(p50)),
      unit: "ms",
    },
    {
      name: `${title} CPU per request, ${name}`,
      measured: median(runs.map(({ cpuUs }) => cpuUs)),
      unit: "µs",
    },
    {
      name: `${title} p99, ${name}`,
      measured: median(runs.map(p99)),
      unit: "ms",
    },
  ]);
}

function ratios(
  title: string,
  connections: number,
  name: string,
  results: Results<Run>,
): readonly Figure[] {
  const isEpoll = name === "opsen-epoll";
  const isMany = connections > 1;
  const ratio = (value: (run: Run) => number) =>
    medianRatio(results, name, "nginx", value);
  return [
    {
      name: `${title} requests/s, ${name} : nginx`,
      measured: ratio(rate),
      unit: "x",
      ...(isMany && isEpoll && { aim: atLeast(1) }),
      ...(isMany && name === "opsen-deno" && { aim: atLeast(0.6) }),
    },
    {
      name: `${title} p50, ${name} : nginx`,
      measured: ratio(p50),
      unit: "x",
      ...(!isMany && isEpoll && { aim: atMost(1.2) }),
    },
    {
      name: `${title} p99, ${name} : nginx`,
      measured: ratio(p99),
      unit: "x",
      ...(isMany && isEpoll && { aim: atMost(1.5) }),
    },
  ];
}

function rate(run: Run): number {
  return run.requestsPerSecond;
}

function bytes(run: Run): number {
  return run.bytesPerSecond;
}

function p50(run: Run): number {
  return run.p50Ms;
}

function p99(run: Run): number {
  return run.p99Ms;
}
