/** Event streams and WebSockets through each proxy, beside the same without a proxy. */
import type { Proxy } from "./contestants.ts";
import { EchoOrigin, runEcho } from "./echo_run.ts";
import { EventsOrigin } from "./events_run.ts";
import { atMost, type Figure } from "./figures.ts";
import type { Effort } from "./replies_run.ts";
import { inTurn, median } from "./rounds.ts";

/** Name under which runs without a proxy take part. */
export const DIRECT = "direct";

/** Starts the proxies in front of origins on these ports; those that answer wrongly are left out. */
export type StartAll = (
  ports: readonly number[],
  check: (proxy: Proxy) => Promise<void>,
) => Promise<ReadonlyMap<string, Proxy> & AsyncDisposable>;

/** A first run, which also shows whether the proxy passes streams at all. */
const CHECK_MS = 200;
const AIM_ADDED_MS = 0.3;

/** Delay of events over that without a proxy. */
export async function measureEvents(
  startAll: StartAll,
  portCount: number,
  { rounds, seconds }: Effort,
): Promise<readonly Figure[]> {
  await using origin = new EventsOrigin(portCount);
  const run = ({ url }: Proxy, ms: number) =>
    origin.run((stream) => url === DIRECT ? portUrl(origin, stream) : url, ms);
  await using proxies = await startAll(
    origin.ports,
    async (proxy) => void await run(proxy, CHECK_MS),
  );
  const results = await inTurn(
    withDirect(proxies),
    rounds,
    (proxy) => run(proxy, seconds * 1000),
  );
  const direct = results.get(DIRECT) ?? [];
  return [...results].flatMap(([name, runs]): readonly Figure[] => {
    const added = runs.map(({ p50Ms }, at) =>
      p50Ms - (direct[at]?.p50Ms ?? NaN)
    );
    return [
      {
        name: `sse, 500: p50 of the delay, ${name}`,
        measured: median(runs.map(({ p50Ms }) => p50Ms)),
        unit: "ms",
      },
      {
        name: `sse, 500: last of an event to all, ${name}`,
        measured: median(runs.map(({ lastOfBurstMs }) => lastOfBurstMs)),
        unit: "ms",
      },
      ...(name === DIRECT ? [] : [
        {
          name: `sse, 500: p50 of the added delay, ${name}`,
          measured: median(added),
          unit: "ms",
          ...(name === "opsen-epoll" && { aim: atMost(AIM_ADDED_MS) }),
        } as const,
      ]),
    ];
  });
}

/** Round trips and throughput of WebSocket messages. */
export async function measureEcho(
  startAll: StartAll,
  portCount: number,
  { rounds, seconds }: Effort,
): Promise<readonly Figure[]> {
  await using origin = new EchoOrigin(portCount);
  const run = ({ url }: Proxy, ms: number) =>
    runEcho(url === DIRECT ? portUrl(origin, 0) : url, ms);
  await using proxies = await startAll(
    origin.ports,
    async (proxy) => void await run(proxy, CHECK_MS),
  );
  const results = await inTurn(
    withDirect(proxies),
    rounds,
    (proxy) => run(proxy, seconds * 1000),
  );
  return [...results].flatMap(([name, runs]): readonly Figure[] => [
    {
      name: `ws, 1: p50 of a round trip, ${name}`,
      measured: median(runs.map(({ p50Ms }) => p50Ms)),
      unit: "ms",
    },
    {
      name: `ws, 32: messages/s there and back, ${name}`,
      measured: median(runs.map((run) => run.messagesPerSecond)),
      unit: "/s",
    },
  ]);
}

function portUrl(
  { ports }: { readonly ports: readonly number[] },
  index: number,
): string {
  return `http://127.0.0.1:${ports[index % ports.length]}`;
}

function withDirect(
  proxies: ReadonlyMap<string, Proxy>,
): ReadonlyMap<string, Proxy> {
  const direct: Proxy = {
    url: DIRECT,
    pid: 0,
    refresh: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return new Map([[DIRECT, direct], ...proxies]);
}
