/** Memory of a proxy: with many idle connections, and while a million requests pass. */
import type { Figure } from "./figures.ts";
import { atMost } from "./figures.ts";
import type { Proxy } from "./contestants.ts";
import { SMALL } from "./nginx.ts";
import { pause, rssMb } from "./program.ts";
import { runWrk } from "./wrk.ts";

const IDLE_CONNECTIONS = 10_000;
const IDLE_RSS_MB_MAX = 150;
/** Connections that are being opened at the same time: less than a listener's backlog. */
const OPENING = 100;
const CHURN_CONNECTIONS = 64;
/** After so long a process has what it needs at full load; from then on memory must not grow. */
const SETTLED_AFTER_MS = 10_000;
const GROWTH_MAX = 1.2;

/** Measures both; the seconds are those of the requests. */
export async function measureMemory(
  name: string,
  proxy: Proxy,
  seconds: number,
): Promise<readonly Figure[]> {
  await proxy.refresh();
  const startMb = rssMb(proxy.pid);
  const idleMb = await idleRssMb(proxy);
  const settling = pause(Math.min(SETTLED_AFTER_MS, seconds * 500))
    .then(() => rssMb(proxy.pid));
  const run = await runWrk(proxy.url + SMALL.path, CHURN_CONNECTIONS, seconds);
  const endMb = rssMb(proxy.pid);
  const requests = Math.round(run.requestsPerSecond * seconds);
  return [
    { name: `memory ${name}: RSS at the start`, measured: startMb, unit: "MB" },
    {
      name: `memory ${name}: RSS, ${IDLE_CONNECTIONS} idle connections`,
      measured: idleMb,
      unit: "MB",
      aim: atMost(IDLE_RSS_MB_MAX),
    },
    {
      name: `memory ${name}: RSS after ${requests} requests`,
      measured: endMb,
      unit: "MB",
    },
    {
      name: `memory ${name}: growth under load`,
      measured: endMb / await settling,
      unit: "x",
      aim: atMost(GROWTH_MAX),
    },
  ];
}

/** Each connection has been used once and is kept by its caller. */
async function idleRssMb(proxy: Proxy): Promise<number> {
  const connections: Deno.Conn[] = [];
  try {
    while (connections.length < IDLE_CONNECTIONS) {
      connections.push(
        ...await Promise.all(
          Array.from({ length: OPENING }, () => used(proxy)),
        ),
      );
    }
    await pause(1000);
    return rssMb(proxy.pid);
  } finally {
    for (const conn of connections) conn.close();
  }
}

async function used(proxy: Proxy): Promise<Deno.Conn> {
  const { hostname, port, host } = new URL(proxy.url);
  const conn = await Deno.connect({ hostname, port: Number(port) });
  const request = `GET ${SMALL.path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  await conn.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(4096);
  let reply = "";
  while (!reply.endsWith(SMALL.body)) {
    const count = await conn.read(buffer);
    if (count === null) throw new Error(`Cut short: "${reply}"`);
    reply += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return conn;
}
