/**
 * What Opsen costs the machines it runs on: CPU and memory of a separate client and a separate server process, read
 * from /proc/PID over a minute each. Measured are the executables that ship, built for it into a temporary folder.
 * Exits 1 when a bound is missed.
 *
 *     deno run -A tests/bench/footprint.ts [--seconds 60] [--json]
 */
import { parseArgs } from "node:util";
import { type OpsenProcess, startOpsen } from "../e2e/opsen_process.ts";
import { freePort } from "../free_port.ts";
import { fileURLToPath } from "node:url";

/** One measured figure and its bound. */
interface Figure {
  readonly name: string;
  readonly measured: number;
  readonly bound: number;
  readonly unit: "% of a core" | "MB";
}

const FEW_BACKENDS = 100;
const MANY_BACKENDS = 1000;
const REPORT_INTERVAL_SECONDS = 60;
const WARM_UP_MS = 6000;
const CORES = 24;
const TICKS_PER_SECOND = 100;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
  },
});
const figures = await measure(Number(values.seconds));
report(figures, values.json);
Deno.exit(figures.some(missed) ? 1 : 0);

async function measure(seconds: number): Promise<Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: "opsen-footprint-" });
  await build(folder);
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startOpsen([
    ...["--host", "127.0.0.1", "--port", String(port)],
    ...["--db", `${folder}/opsen.db`, "--log-level", "warn"],
    ...["--rate-limit-per-minute", "0"],
  ], { ready: `${url}/health`, executable: `${folder}/opsen-server` });
  try {
    return [
      ...await clientBesideIdleServer(server, url, folder, seconds),
      ...await serverUnderReports(server, url, seconds),
    ];
  } finally {
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

async function build(folder: string): Promise<void> {
  progress("building the executables");
  const recipe = fileURLToPath(new URL("../../dist/build.ts", import.meta.url));
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", recipe, "--out", folder],
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot build the executables to measure");
}

async function clientBesideIdleServer(
  server: OpsenProcess,
  url: string,
  folder: string,
  seconds: number,
): Promise<Figure[]> {
  await registerFleet(url, FEW_BACKENDS);
  const client = await startOpsen([
    ...["--server", url, "--state-dir", folder],
    ...["--log-level", "error"],
  ], { executable: `${folder}/opsen-client` });
  try {
    progress(`client at 1 Hz beside ${FEW_BACKENDS} backends, ${seconds} s`);
    await pause(WARM_UP_MS);
    const cpuPct = await cpuPctOver(client.pid, seconds);
    return [
      figure("client CPU at 1 Hz", cpuPct, 0.1, "% of a core"),
      figure("client RSS", rssMb(client.pid), 60, "MB"),
      figure(
        `server RSS, ${FEW_BACKENDS} backends`,
        rssMb(server.pid),
        80,
        "MB",
      ),
    ];
  } finally {
    await client.stop();
  }
}

async function serverUnderReports(
  server: OpsenProcess,
  url: string,
  seconds: number,
): Promise<Figure[]> {
  await registerFleet(url, MANY_BACKENDS);
  progress(
    `${MANY_BACKENDS} clients reporting every ${REPORT_INTERVAL_SECONDS} s, ${seconds} s`,
  );
  const stop = new AbortController();
  const reporting = keepReporting(url, MANY_BACKENDS, stop.signal);
  await pause(WARM_UP_MS);
  const cpuPct = await cpuPctOver(server.pid, seconds);
  stop.abort();
  await reporting;
  const name = `server CPU, ${MANY_BACKENDS} reporting clients`;
  return [figure(name, cpuPct, 3, "% of a core")];
}

async function registerFleet(url: string, size: number): Promise<void> {
  for (let i = 0; i < size; i++) {
    await post(`${url}/register`, {
      client_id: `bench-${i}`,
      hostname: `bench-${i}`,
      local_ip: "127.0.0.1",
      total_cpu: CORES,
      total_memory_gb: 64,
      total_storage_gb: 500,
      endpoint_url: `http://127.0.0.1:${20_000 + i}`,
    });
    await post(`${url}/stats`, stats(i));
  }
}

/** Sends each backend's report once an interval, evenly spread. */
async function keepReporting(
  url: string,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  const gapMs = REPORT_INTERVAL_SECONDS * 1000 / size;
  const start = performance.now();
  for (let sent = 0; !signal.aborted; sent++) {
    await post(`${url}/stats`, stats(sent % size));
    await pause(Math.max(0, start + (sent + 1) * gapMs - performance.now()));
  }
}

function stats(index: number): unknown {
  return {
    client_id: `bench-${index}`,
    hostname: `bench-${index}`,
    timestamp: new Date().toISOString(),
    cpu_cores: CORES,
    cpu_usage_avg: Array.from({ length: CORES }, () => 100 * Math.random()),
    memory_total_gb: 64,
    memory_used_gb: 16,
    memory_avail_gb: 48,
    disk_total_gb: 500,
    disk_used_gb: 100,
    disk_avail_gb: 400,
  };
}

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text}`);
}

async function cpuPctOver(pid: number, seconds: number): Promise<number> {
  const before = cpuTicks(pid);
  const start = performance.now();
  await pause(seconds * 1000);
  const elapsedSeconds = (performance.now() - start) / 1000;
  return 100 * (cpuTicks(pid) - before) / TICKS_PER_SECOND / elapsedSeconds;
}

/** User and system time of all threads so far; fields 14 and 15 of proc_pid_stat(5). */
function cpuTicks(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function rssMb(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

function figure(
  name: string,
  measured: number,
  bound: number,
  unit: Figure["unit"],
): Figure {
  return { name, measured, bound, unit };
}

function missed({ measured, bound }: Figure): boolean {
  return !(measured <= bound);
}

function report(figures: readonly Figure[], json: boolean): void {
  if (json) return console.log(JSON.stringify(figures));
  for (const one of figures) {
    const verdict = missed(one) ? "MISSED" : "ok";
    const measured = one.measured.toFixed(one.unit === "MB" ? 1 : 3);
    console.log(
      `${one.name.padEnd(40)} ${
        measured.padStart(8)
      } ${one.unit} (bound ${one.bound}) ${verdict}`,
    );
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function progress(line: string): void {
  console.error(`measuring: ${line}`);
}
