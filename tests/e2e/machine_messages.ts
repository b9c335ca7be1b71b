/** What machines say of themselves in these tests: full messages from the few things that a test cares about. */

/** A machine; what is left out is an idle one of 16 cores and 64 GB. */
export interface Machine {
  readonly cores?: number;
  /** Mean use of each core, percent. */
  readonly busyPct?: number;
  readonly memoryGb?: number;
  readonly memoryFreeGb?: number;
  readonly diskFreeGb?: number;
  /** Free VRAM of each of its cards, GB; cards have 24. */
  readonly vramFreeGb?: readonly number[];
  /** Degrees north and east; without it the place is not known. */
  readonly at?: readonly [latitude: number, longitude: number];
}

const DISK_GB = 1000;
const VRAM_GB = 24;

/** Body of `POST /register`. */
export function registerMessage(id: string, machine: Machine = {}): object {
  const { cores = 16, memoryGb = 64, vramFreeGb = [], at } = machine;
  return {
    client_id: id,
    hostname: `host-${id}`,
    public_ip: "unknown",
    local_ip: "127.0.2.2",
    latitude: at?.[0] ?? 0,
    longitude: at?.[1] ?? 0,
    country: at === undefined ? "unknown" : "FR",
    city: at === undefined ? "unknown" : "Paris",
    total_cpu: cores,
    total_memory_gb: memoryGb,
    total_storage_gb: DISK_GB,
    total_gpus: vramFreeGb.length,
    gpu_models: vramFreeGb.map(() => "NVIDIA L4"),
    endpoint_url: `http://127.0.2.2:8000/${encodeURIComponent(id)}`,
  };
}

/** Body of `POST /stats`. */
export function statsMessage(id: string, machine: Machine = {}): object {
  const { cores = 16, busyPct = 0, memoryGb = 64, vramFreeGb = [] } = machine;
  const { memoryFreeGb = memoryGb, diskFreeGb = DISK_GB } = machine;
  return {
    client_id: id,
    hostname: `host-${id}`,
    timestamp: new Date().toISOString(),
    cpu_cores: cores,
    cpu_usage_avg: new Array<number>(cores).fill(busyPct),
    memory_total_gb: memoryGb,
    memory_used_gb: memoryGb - memoryFreeGb,
    memory_avail_gb: memoryFreeGb,
    disk_total_gb: DISK_GB,
    disk_used_gb: DISK_GB - diskFreeGb,
    disk_avail_gb: diskFreeGb,
    gpus: vramFreeGb.map((freeGb, device) => ({
      device_id: device,
      name: "NVIDIA L4",
      utilization_pct: 0,
      memory_used_gb: VRAM_GB - freeGb,
      memory_total_gb: VRAM_GB,
      temperature_c: 40,
      power_draw_w: 30,
    })),
  };
}
