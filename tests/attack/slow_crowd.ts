/**
 * What a crowd of slow callers costs the others: throughput of quick callers while it holds its connections, beside the
 * throughput before and after. Exits 1 when less than 80 % is left of that and of what each second of CPU time brings.
 *
 *     deno run -A tests/attack/slow_crowd.ts [--crowd 2000] [--seconds 4] [--driver epoll|deno]
 */
import { parseArgs } from "node:util";
import { opsen } from "../bench/proxy/contestants.ts";
import { SMALL, startNginxOrigin } from "../bench/proxy/nginx.ts";
import { cpuMs } from "../bench/proxy/program.ts";
import { median } from "../bench/proxy/rounds.ts";
import { runWrk } from "../bench/proxy/wrk.ts";
import { SlowCrowd } from "./slow_callers.ts";

/** What must be left for the others. */
const SHARE_MIN = 0.8;
const CALLERS = 32;
const ROUNDS = 3;

/** What was measured. */
export interface CrowdFigures {
  /** Requests per second without the crowd, and with it. */
  readonly alone: number;
  readonly crowded: number;
  /**
   * Requests per second of the server's own CPU time, with the crowd as a share of without: the crowd and the callers run
   * on this machine too, and what they take from one another is not the server's doing.
   */
  readonly ownShare: number;
  /** Hostile connections that stood meanwhile. */
  readonly present: number;
}

/** Measures in turns, so that what else the machine does meets both alike; medians. */
export async function measureCrowd(
  driver: "epoll" | "deno",
  size: number,
  seconds: number,
): Promise<CrowdFigures> {
  const folder = await Deno.makeTempDir({ prefix: "opsen-crowd-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const origin = stack.use(await startNginxOrigin(1, folder));
  const proxy = stack.use(await opsen(driver).start(origin.ports, folder));
  const url = proxy.url + SMALL.path;
  const alone: Load[] = [];
  const crowded: Load[] = [];
  const load = async (): Promise<Load> => {
    const before = cpuMs(proxy.pid);
    const { requestsPerSecond } = await runWrk(url, CALLERS, seconds);
    const perCpuMs = requestsPerSecond * seconds / (cpuMs(proxy.pid) - before);
    return { requestsPerSecond, perCpuMs };
  };
  let present = Infinity;
  await runWrk(url, CALLERS, seconds);
  for (let round = 0; round < ROUNDS; round++) {
    await proxy.refresh();
    alone.push(await load());
    await using crowd = new SlowCrowd(Number(new URL(url).port));
    await crowd.gather(size);
    crowded.push(await load());
    present = Math.min(present, crowd.present);
  }
  const middle = (loads: readonly Load[], of: keyof Load) =>
    median(loads.map((load) => load[of]));
  return {
    alone: middle(alone, "requestsPerSecond"),
    crowded: middle(crowded, "requestsPerSecond"),
    ownShare: middle(crowded, "perCpuMs") / middle(alone, "perCpuMs"),
    present,
  };
}

/** One run of the quick callers. */
interface Load {
  readonly requestsPerSecond: number;
  /** Requests per millisecond of the server's CPU time. */
  readonly perCpuMs: number;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      crowd: { type: "string", default: "2000" },
      seconds: { type: "string", default: "4" },
      driver: { type: "string", default: "epoll" },
    },
  });
  const driver = values.driver === "deno" ? "deno" : "epoll";
  const { alone, crowded, ownShare, present } = await measureCrowd(
    driver,
    Number(values.crowd),
    Number(values.seconds),
  );
  const share = crowded / alone;
  console.log(
    `${driver}: ${Math.round(alone)} requests/s alone, ${
      Math.round(crowded)
    } beside ${present} slow callers: ${Math.round(share * 100)} %, and ${
      Math.round(ownShare * 100)
    } % for each second of the server's CPU time; wanted at least ${
      SHARE_MIN * 100
    } %`,
  );
  Deno.exit(Math.max(share, ownShare) < SHARE_MIN ? 1 : 0);
}
