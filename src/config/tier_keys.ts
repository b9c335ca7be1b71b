/** The keys of one entry of `tiers`, and the tiers that hold when the file names none. */
import { choice, type ConfigOf, list, number, text, whole } from "./key.ts";
import { ANY_TEXT, COUNTRY, NAME } from "./text_format.ts";

/** What a tier asks for. */
export const TIER_KEYS = {
  name: text({ help: "What callers ask for", format: NAME }),
  vcpu: whole({ help: "CPU cores", min: 1, max: 4096 }),
  memory_gb: number({
    help: "Memory in GB",
    min: 0,
    max: 1_048_576,
    open: true,
  }),
  storage_gb: number({
    help: "Disk space in GB",
    default: 0,
    min: 0,
    max: 1_048_576,
  }),
  gpu: whole({ help: "Number of GPUs", default: 0, min: 0, max: 64 }),
  gpu_memory_gb: number({
    help: "Free memory wanted on each of those GPUs in GB",
    default: 0,
    min: 0,
    max: 4096,
  }),
  priority: whole({
    help: "Waiting requests of a tier with a higher number go first",
    default: 0,
    min: 0,
    max: 9,
  }),
  rate_limit_per_minute: whole({
    help: "Requests for the tier per minute and address, 0 for no limit",
    default: 0,
    min: 0,
    max: 10_000_000,
  }),
  gpu_model: text({
    help:
      'Model the GPUs must be, such as "*H100*": "*" stands for any characters, "?" for one',
    default: "",
    format: ANY_TEXT,
  }),
  gpu_vendor: choice({
    help: 'Vendor the GPUs must be of, "" for any',
    default: "",
    choices: ["", "nvidia", "amd", "intel"],
  }),
  max_distance_km: number({
    help: "Backends farther from the caller are passed over, 0 for no limit",
    default: 0,
    min: 0,
    max: 20_038,
  }),
  countries: list({
    help: "Country codes the tier may run in, none for everywhere",
    of: text({ help: "A country code such as FR", format: COUNTRY }),
    default: [],
    itemsMax: 300,
  }),
};

/** A tier as configured. */
export type TierConfig = ConfigOf<typeof TIER_KEYS>;

/** The documented default tiers, then those of the Go program; `lite` is also the default of `default_tier`. */
export const DEFAULT_TIERS: readonly TierConfig[] = [
  tier("small", 1, 1, 5),
  tier("medium", 2, 4, 20),
  tier("large", 4, 8, 30),
  tier("gpu-inference", 8, 32, 100, 1, 16),
  tier("gpu-training", 16, 64, 500, 2, 48),
  tier("free", 1, 1, 0),
  tier("lite", 1, 1, 5),
  tier("pro-standard", 2, 4, 20),
  tier("pro-turbo", 4, 8, 30),
  tier("pro-max", 8, 16, 40),
];

function tier(
  name: string,
  vcpu: number,
  memoryGb: number,
  storageGb: number,
  gpu = 0,
  gpuMemoryGb = 0,
): TierConfig {
  return {
    name,
    vcpu,
    memoryGb,
    storageGb,
    gpu,
    gpuMemoryGb,
    priority: 0,
    rateLimitPerMinute: 0,
    gpuModel: "",
    gpuVendor: "",
    maxDistanceKm: 0,
    countries: [],
  };
}
