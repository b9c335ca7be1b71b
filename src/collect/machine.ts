/**
 * All collectors of one machine, real or simulated: what differs between the two is where the files are. Owns no state.
 */
import { locateCgroup } from "./cgroup_place.ts";
import { ContainerCpuCollector } from "./container_cpu.ts";
import { ContainerMemoryCollector } from "./container_memory.ts";
import { CpuCollector, type CpuReading } from "./cpu.ts";
import { DiskCollector, type DiskReading, type Statfs } from "./disk.ts";
import type { GpuSample } from "./gpu_sample.ts";
import { type HostFacts, readHost } from "./host.ts";
import { MemoryCollector, type MemoryReading } from "./memory.ts";
import { NvidiaCollector } from "./nvidia.ts";
import type { NvidiaLibraryOptions } from "./nvidia_library.ts";
import { displayVendors } from "./pci_display.ts";
import { absent, type Collector } from "./reading.ts";
import { SysfsGpuCollector } from "./sysfs_gpu.ts";
import { TextFiles } from "./text_files.ts";

/** Where a machine's files are. */
export interface MachineOptions {
  /** "/proc", or a tree that looks like it. */
  readonly procRoot: string;
  /** "/sys", or a tree that looks like it. */
  readonly sysRoot: string;
  /** "/etc", or a folder with a machine-id. */
  readonly etcRoot: string;
  /** A path on the file system whose room counts. */
  readonly diskPath: string;
  /** The system's own when absent. */
  readonly statfs?: Statfs | undefined;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Name of the operating system; anything but "linux" has no /proc. */
  readonly os: string;
  /** What NVIDIA's library needs, which is not among the files; absent where a machine is simulated. */
  readonly nvidia?:
    | Pick<NvidiaLibraryOptions, "open" | "random" | "logger">
    | undefined;
}

/** What is read of a machine. Disposing it closes the files and libraries that are kept open. */
export interface Machine extends Disposable {
  readonly cpu: Collector<CpuReading>;
  readonly memory: Collector<MemoryReading>;
  readonly disk: Collector<DiskReading>;
  readonly gpus: readonly GpuSource[];
  readonly host: HostFacts;
  /** One sentence on what can't be read here at all and what follows; undefined when everything can. */
  readonly obstacle: string | undefined;
}

/** One way to read GPUs, and what people call them. */
export interface GpuSource {
  readonly name: string;
  readonly collector: Collector<readonly GpuSample[]>;
}

/** Finds out what kind of machine this is and opens its collectors. */
export function openMachine(options: MachineOptions): Machine {
  const stack = new DisposableStack();
  const files = stack.use(new TextFiles());
  return {
    ...openCpuAndMemory(options, files),
    disk: new DiskCollector(options.diskPath, options.statfs),
    gpus: openGpus(options, files, stack),
    host: readHost(files, options),
    [Symbol.dispose]: () => stack.dispose(),
  };
}

function openCpuAndMemory(
  options: MachineOptions,
  files: TextFiles,
): Pick<Machine, "cpu" | "memory" | "obstacle"> {
  if (options.os !== "linux") {
    const obstacle =
      `Use of CPU and memory can't be read on "${options.os}", only on Linux, so this machine registers but sends no report and is given no session`;
    const nothing = { collect: () => absent(obstacle) };
    return { cpu: nothing, memory: nothing, obstacle };
  }
  const cpu = new CpuCollector(files, options.procRoot);
  const memory = new MemoryCollector(files, options.procRoot);
  const place = locateCgroup(files, options);
  switch (place.kind) {
    case "host":
      return { cpu, memory, obstacle: undefined };
    case "unreadable":
      return { cpu, memory, obstacle: place.reason };
    case "container": {
      const { levels } = place;
      return {
        cpu: new ContainerCpuCollector({
          ...options,
          files,
          levels,
          host: cpu,
        }),
        memory: new ContainerMemoryCollector({ files, levels, host: memory }),
        obstacle: undefined,
      };
    }
  }
}

function openGpus(
  options: MachineOptions,
  files: TextFiles,
  stack: DisposableStack,
): GpuSource[] {
  const { os, sysRoot, now, nvidia } = options;
  if (os !== "linux") return [];
  const sysfs = new SysfsGpuCollector({ files, sysRoot, now });
  const sources: GpuSource[] = [
    { name: "GPUs of AMD and Intel", collector: sysfs },
  ];
  if (nvidia === undefined) return sources;
  const isExpected = displayVendors(files, sysRoot).has("nvidia");
  const collector = stack.use(
    new NvidiaCollector({ ...nvidia, isExpected, now }),
  );
  return [{ name: "NVIDIA GPUs", collector }, ...sources];
}
