/** One GPU as it was read in one second, whoever made it. What a device does not tell is undefined. */
export interface GpuSample {
  /**
   * The number under which it is booked, the same as long as the machine has the same cards: NVML's index from 0, or
   * {@link sliceId} for an instance of MIG; for cards of other makers see `sysfs_gpu.ts`.
   */
  readonly deviceId: number;
  readonly vendor: GpuVendor;
  /** Model name. */
  readonly name: string;
  /** What the driver calls this very device; may be empty. */
  readonly uuid: string;
  /** Percent. */
  readonly usedPct: number | undefined;
  readonly memoryUsedBytes: number;
  readonly memoryTotalBytes: number;
  readonly temperatureC: number | undefined;
  /** Where it begins to slow itself down. */
  readonly temperatureLimitC: number | undefined;
  readonly powerW: number | undefined;
  readonly powerLimitW: number | undefined;
  /** Whether heat or a lack of power makes it slower now. */
  readonly isThrottled: boolean;
  /** What holds its clocks down, such as "power_cap"; for people. */
  readonly throttleReasons: readonly string[];
  /** Memory errors since its driver was loaded that could not be corrected. */
  readonly eccErrors: number | undefined;
  /** "default", "exclusive_thread", "exclusive_process" or "prohibited". */
  readonly computeMode: string | undefined;
  /** Whether it is a part of a card. */
  readonly isSlice: boolean;
}

/** Makers whose cards are read. */
export type GpuVendor = "nvidia" | "amd" | "intel";

/** Numbers of slices begin here, so many for each card: that of card 0 with index 3 is 1003. */
const SLICES_FROM = 1000;

/** The device id of a slice. */
export function sliceId(card: number, slice: number): number {
  return SLICES_FROM * (card + 1) + slice;
}
