/** The process: memory, processor time, open files. The names are those that Prometheus' own libraries have. */
import { type Family, info, oneGauge, oneTotal } from "./family.ts";

/** What is read of a process; undefined for what this system does not tell. */
export interface ProcessReading {
  readonly residentBytes: number;
  readonly cpuSeconds: number | undefined;
  readonly openFiles: number | undefined;
  /** Seconds since 1970-01-01 UTC. */
  readonly startedAtSeconds: number;
}

/** Reads this process. Takes some microseconds. */
export function readProcess(): ProcessReading {
  return {
    residentBytes: Deno.memoryUsage().rss,
    cpuSeconds: cpuSeconds(),
    openFiles: openFiles(),
    startedAtSeconds: performance.timeOrigin / 1000,
  };
}

/** The families of a process. */
export function processFamilies(reading: ProcessReading): readonly Family[] {
  const { residentBytes, cpuSeconds, openFiles, startedAtSeconds } = reading;
  return [
    oneGauge({
      name: "process_resident_memory_bytes",
      help: "Resident memory size in bytes",
      unit: "bytes",
    }, residentBytes),
    ...cpuSeconds === undefined ? [] : [oneTotal({
      name: "process_cpu_seconds",
      help: "Total user and system CPU time spent in seconds",
      unit: "seconds",
    }, cpuSeconds)],
    ...openFiles === undefined ? [] : [oneGauge({
      name: "process_open_fds",
      help: "Number of open file descriptors",
    }, openFiles)],
    oneGauge({
      name: "process_start_time_seconds",
      help: "Start time of the process since unix epoch in seconds",
      unit: "seconds",
    }, startedAtSeconds),
  ];
}

/** What was built; a server and a client under names of their own. */
export function buildFamily(
  name: "opsen_build" | "opsen_client_build",
  version: string,
): Family {
  return info(
    { name, help: "The program and what it runs on" },
    { version, deno: Deno.version.deno },
  );
}

/** Clock ticks of a second, as the kernel tells them to programs, on every system that we run on (sysconf(3)). */
const TICKS_PER_SECOND = 100;

/** User and system time, proc_pid_stat(5): fields 14 and 15, the 12th and 13th after the name, which may hold anything. */
function cpuSeconds(): number | undefined {
  const stat = read(() => Deno.readTextFileSync("/proc/self/stat"));
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Since Linux 6.2 the size of the folder says it; before, to count ten thousands of them would take too long. */
function openFiles(): number | undefined {
  const size = read(() => Deno.statSync("/proc/self/fd").size);
  return size === undefined || size === 0 ? undefined : size;
}

function read<Value>(reading: () => Value): Value | undefined {
  try {
    return reading();
  } catch {
    return undefined;
  }
}
