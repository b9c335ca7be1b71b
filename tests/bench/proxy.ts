/**
 * Opsen's reverse proxy beside nginx, HAProxy and Caddy, all on 127.0.0.1 and on the same cores as origin and callers.
 * Each proxy must first give the right bytes; then they take turns under the load of wrk, and medians of ratios within
 * a round are shown. Exits 1 when a proxy of ours gave wrong bytes or a figure is below 80 % of its aim.
 *
 *     deno task bench:proxy [--quick] [--only small|large|sse|ws|memory] [--driver epoll|deno] [--json]
 */
import { parseArgs } from "node:util";
import {
  CADDY,
  type Contestant,
  HAPROXY,
  NGINX,
  NGINX_LARGE,
  opsen,
  type Proxy,
} from "./proxy/contestants.ts";
import { type Figure, isFailed, lineOf } from "./proxy/figures.ts";
import { measureMemory } from "./proxy/memory_run.ts";
import { type Origin, startNginxOrigin } from "./proxy/nginx.ts";
import { isInstalled } from "./proxy/program.ts";
import {
  checkReplies,
  type Effort,
  measureLarge,
  measureSmall,
} from "./proxy/replies_run.ts";
import { StartedProxies } from "./proxy/started.ts";
import {
  measureEcho,
  measureEvents,
  type StartAll,
} from "./proxy/streams_run.ts";

const CASES = ["small", "large", "sse", "ws", "memory"] as const;
type Case = typeof CASES[number];
const DRIVERS = ["epoll", "deno"] as const;
const ORIGIN_PORTS = 3;
const THOROUGH: Effort = { rounds: 7, seconds: 4 };
const QUICK: Effort = { rounds: 3, seconds: 1 };
const MEMORY_SECONDS = 60;
const MEMORY_SECONDS_QUICK = 10;
/** 128 and the number of SIGINT, as a shell says it. */
const INTERRUPTED = 130;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    driver: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
Deno.exit(await main());

async function main(): Promise<number> {
  const cases = chosen(CASES, values.only, "--only");
  const drivers = chosen(DRIVERS, values.driver, "--driver");
  const effort = values.quick ? QUICK : THOROUGH;
  await using running = new AsyncDisposableStack();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      void running.disposeAsync().then(() => Deno.exit(INTERRUPTED));
    });
  }
  const folder = await Deno.makeTempDir({ prefix: "opsen-proxy-bench-" });
  running.defer(() => Deno.remove(folder, { recursive: true }));
  const others = await installed([NGINX, HAPROXY, CADDY]);
  const hasWrk = await isInstalled("wrk");
  const figures: Figure[] = [];
  const wrong: string[] = [];

  for (const one of cases) {
    const needsWrk = one !== "sse" && one !== "ws";
    if (needsWrk && !(hasWrk && others.includes(NGINX))) {
      say(`${one} is skipped: it needs wrk, and nginx as its origin`);
      continue;
    }
    say(`measuring: ${one}`);
    const measured = await measure(one);
    figures.push(...measured);
    if (!values.json) measured.map(lineOf).forEach((line) => console.log(line));
  }
  if (values.json) console.log(JSON.stringify(figures));
  return wrong.length > 0 || figures.some(isFailed) ? 1 : 0;

  async function measure(one: Case): Promise<readonly Figure[]> {
    switch (one) {
      case "small": {
        await using proxies = await behindNginx(everyone());
        return await measureSmall(proxies, effort);
      }
      case "large": {
        const contestants = [...everyone(), ...await installed([NGINX_LARGE])];
        await using proxies = await behindNginx(contestants);
        return await measureLarge(proxies, effort);
      }
      case "sse":
        return await measureEvents(startAll, ORIGIN_PORTS, effort);
      case "ws":
        return await measureEcho(startAll, ORIGIN_PORTS, effort);
      case "memory":
        return await memory();
    }
  }

  async function memory(): Promise<readonly Figure[]> {
    const seconds = values.quick ? MEMORY_SECONDS_QUICK : MEMORY_SECONDS;
    const figures: Figure[] = [];
    for (const driver of drivers) {
      await using proxies = await behindNginx([opsen(driver)]);
      for (const [name, proxy] of proxies) {
        figures.push(...await measureMemory(name, proxy, seconds));
      }
    }
    return figures;
  }

  function everyone(): readonly Contestant[] {
    return [...others, ...drivers.map(opsen)];
  }

  function startAll(...[ports, check]: Parameters<StartAll>) {
    return start(everyone(), ports, check);
  }

  async function behindNginx(
    contestants: readonly Contestant[],
  ): Promise<StartedProxies> {
    const origin: Origin = running.use(
      await startNginxOrigin(ORIGIN_PORTS, await ownFolder()),
    );
    return await start(contestants, origin.ports, checkReplies);
  }

  async function start(
    contestants: readonly Contestant[],
    ports: readonly number[],
    check: (proxy: Proxy) => Promise<void>,
  ): Promise<StartedProxies> {
    const started = running.use(new StartedProxies());
    for (const contestant of contestants) {
      await started.start(contestant, ports, await ownFolder(), check);
    }
    for (const { contestant: { name, needs }, reason } of started.leftOut) {
      say(`${name} is left out: ${reason}`);
      if (needs === undefined) wrong.push(name);
    }
    return started;
  }

  async function ownFolder(): Promise<string> {
    return await Deno.makeTempDir({ dir: folder });
  }
}

/** Those whose program there is; the others are said. */
async function installed(
  contestants: readonly Contestant[],
): Promise<readonly Contestant[]> {
  const found: Contestant[] = [];
  for (const contestant of contestants) {
    const { name, needs } = contestant;
    if (needs === undefined || await isInstalled(needs)) found.push(contestant);
    else say(`${name} is left out: "${needs}" is not installed`);
  }
  return found;
}

function chosen<T extends string>(
  all: readonly T[],
  given: string | undefined,
  flag: string,
): readonly T[] {
  if (given === undefined) return all;
  const found = all.filter((one) => one === given);
  if (found.length === 0) {
    throw new TypeError(`${flag} must be one of ${all.join(", ")}: "${given}"`);
  }
  return found;
}

function say(line: string): void {
  console.error(line);
}
