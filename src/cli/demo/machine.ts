/**
 * A simulated machine: it writes the files of /proc and /sys that a real one of its size and load would show, and
 * sessions that callers start on it use its cores, memory and GPUs until they end. The real collectors read those files.
 * Bounded by the sessions that are open at a time.
 */
import type { Room } from "../../engine/backend.ts";
import { type GpuLoad, type GpuShape, SimulatedGpus } from "./gpus.ts";
import { replaceFile } from "./replace_file.ts";

/** What a simulated machine is like. */
export interface MachineShape {
  /** Its host name. */
  readonly name: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly diskGb: number;
  /** Mean use of its cores by work that is not ours, percent. */
  readonly ownLoadPct: number;
  /** Share of its disk taken by files that are not ours, 0 to 1. */
  readonly ownDiskShare: number;
  /** Share of its memory taken by work that is not ours, 0 to 1. */
  readonly ownMemoryShare: number;
  /** In the order of their device ids; none when absent. */
  readonly gpus?: readonly GpuShape[];
}

/** What one session uses while it runs. */
export interface SessionLoad extends GpuLoad {
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly storageGb: number;
}

/** Clock ticks per second in /proc/stat on Linux (USER_HZ). */
const TICKS_PER_SECOND = 100;
const KB_PER_GB = 2 ** 20;
/** Share of its cores that a session really keeps busy. */
const SESSION_CPU_SHARE = 0.85;
/** Share of its memory that a session really touches. */
const SESSION_MEMORY_SHARE = 0.9;
/** A machine takes no more sessions than this, whatever the balancer thinks. */
const MOST_SESSIONS = 1000;

/** One simulated machine under a folder of its own. */
export class Machine {
  readonly shape: MachineShape;
  /** Stands for /proc. */
  readonly procRoot: string;
  /** Stands for /sys; it has GPUs, and no cgroups that limit anything. */
  readonly sysRoot: string;
  readonly #chance: () => number;
  readonly #gpus: SimulatedGpus;
  readonly #busyTicks: number[];
  readonly #idleTicks: number[];
  readonly #sessions = new Set<SessionLoad>();

  /** Creates the folders below `folder` and writes the first readings. */
  constructor(shape: MachineShape, folder: string, chance: () => number) {
    this.shape = shape;
    this.procRoot = `${folder}/proc`;
    this.sysRoot = `${folder}/sys`;
    this.#chance = chance;
    this.#busyTicks = new Array<number>(shape.cores).fill(0);
    this.#idleTicks = new Array<number>(shape.cores).fill(0);
    Deno.mkdirSync(this.procRoot, { recursive: true });
    Deno.mkdirSync(this.sysRoot, { recursive: true });
    this.#gpus = new SimulatedGpus(shape.gpus ?? [], this.sysRoot, chance);
    this.#write();
  }

  /** Number of open sessions. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** The disk as statfs would tell it. */
  get disk(): Room {
    const totalGb = this.shape.diskGb;
    const usedGb = Math.min(
      totalGb,
      totalGb * this.shape.ownDiskShare + this.#sum((load) => load.storageGb),
    );
    return { totalGb, usedGb, availableGb: totalGb - usedGb };
  }

  /** Starts a session; the returned function ends it. */
  open(load: SessionLoad): () => void {
    if (this.#sessions.size >= MOST_SESSIONS) return () => {};
    const session = { ...load };
    this.#sessions.add(session);
    return () => void this.#sessions.delete(session);
  }

  /** Lets time pass and writes what /proc and /sys show now. */
  tick(elapsedMs: number): void {
    const ticks = TICKS_PER_SECOND * elapsedMs / 1000;
    const wantedCores = SESSION_CPU_SHARE * this.#sum((load) => load.vcpu);
    for (let core = 0; core < this.shape.cores; core++) {
      const own = this.shape.ownLoadPct / 100 * (0.5 + this.#chance());
      const ours = Math.min(1, Math.max(0, wantedCores - core));
      const busy = Math.min(1, own + ours * (1 - own));
      this.#busyTicks[core] = (this.#busyTicks[core] ?? 0) + ticks * busy;
      this.#idleTicks[core] = (this.#idleTicks[core] ?? 0) + ticks * (1 - busy);
    }
    this.#write();
    this.#gpus.show([...this.#sessions]);
  }

  #write(): void {
    replaceFile(`${this.procRoot}/stat`, this.#stat());
    replaceFile(`${this.procRoot}/meminfo`, this.#meminfo());
  }

  #stat(): string {
    const line = (name: string, busy: number, idle: number) =>
      `${name} ${Math.round(busy)} 0 0 ${Math.round(idle)} 0 0 0 0 0 0\n`;
    const total = (ticks: readonly number[]) =>
      ticks.reduce((sum, more) => sum + more, 0);
    const cores = this.#busyTicks.map((busy, core) =>
      line(`cpu${core}`, busy, this.#idleTicks[core] ?? 0)
    );
    return line("cpu ", total(this.#busyTicks), total(this.#idleTicks)) +
      cores.join("");
  }

  #meminfo(): string {
    const { memoryGb, ownMemoryShare } = this.shape;
    const ours = SESSION_MEMORY_SHARE * this.#sum((load) => load.memoryGb);
    const freeGb = Math.max(0, memoryGb * (1 - ownMemoryShare) - ours);
    const line = (name: string, gb: number) =>
      `${name}: ${Math.round(gb * KB_PER_GB)} kB\n`;
    return line("MemTotal", memoryGb) + line("MemFree", freeGb) +
      line("MemAvailable", freeGb);
  }

  #sum(size: (load: SessionLoad) => number): number {
    let sum = 0;
    for (const load of this.#sessions) sum += size(load);
    return sum;
  }
}
