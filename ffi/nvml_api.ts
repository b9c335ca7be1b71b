/**
 * What is asked of NVIDIA's management library, and how it answers. Shapes only; `nvml.ts` has the real thing.
 *
 * Source: NVML API Reference Guide (docs.nvidia.com/deploy/nvml-api) and the public nvml.h.
 */

/** The answer to a call: a value, or the return code that says why there is none. */
export type NvmlAnswer<T> =
  | { readonly kind: "ok"; readonly value: T }
  | NvmlFault;

/** No value. */
export interface NvmlFault {
  readonly kind: "fault";
  /** The nvmlReturn_t, one of {@link NVML_ERRORS} or a newer one; or {@link NVML_NO_ANSWER}. */
  readonly code: number;
  /** What failed and how, for people: `nvmlDeviceGetMemoryInfo: GPU_IS_LOST (15)`. */
  readonly reason: string;
}

/** Not a code of NVML: the call did not return within its deadline, or one before it still has not. */
export const NVML_NO_ANSWER = -1;

/** A device or MIG instance, valid until the library is shut down or the device is reset. */
export type NvmlHandle = bigint;

/** Memory of a device, bytes. */
export interface NvmlMemory {
  readonly totalBytes: number;
  /** What new work can have. Total - free is in use or kept by the driver. */
  readonly freeBytes: number;
}

/** The library. One call at a time; each ends within its deadline, with a fault if it must. */
export interface Nvml {
  /** Begins; the first call. */
  init(): Promise<NvmlAnswer<undefined>>;
  /** Ends what `init` began. */
  shutdown(): Promise<NvmlAnswer<undefined>>;
  driverVersion(): Promise<NvmlAnswer<string>>;
  deviceCount(): Promise<NvmlAnswer<number>>;
  /** The device with that index, from 0. */
  device(index: number): Promise<NvmlAnswer<NvmlHandle>>;
  name(device: NvmlHandle): Promise<NvmlAnswer<string>>;
  /** Such as GPU-…, or MIG-… for an instance. */
  uuid(device: NvmlHandle): Promise<NvmlAnswer<string>>;
  /** Use of the compute units over the last sample period, percent. */
  utilization(device: NvmlHandle): Promise<NvmlAnswer<number>>;
  memory(device: NvmlHandle): Promise<NvmlAnswer<NvmlMemory>>;
  /** Degrees Celsius. */
  temperature(device: NvmlHandle): Promise<NvmlAnswer<number>>;
  /** Where the hardware slows down, degrees Celsius; a card that tells only its margin answers NOT_SUPPORTED. */
  slowdownTemperature(device: NvmlHandle): Promise<NvmlAnswer<number>>;
  /** Degrees Celsius left until it slows down. */
  temperatureMargin(device: NvmlHandle): Promise<NvmlAnswer<number>>;
  /** Watts. */
  powerDraw(device: NvmlHandle): Promise<NvmlAnswer<number>>;
  /** Watts. */
  powerLimit(device: NvmlHandle): Promise<NvmlAnswer<number>>;
  /** Bits of {@link NVML_THROTTLE_REASONS}. */
  throttleReasons(device: NvmlHandle): Promise<NvmlAnswer<number>>;
  /** Memory errors since the driver was loaded that could not be corrected. */
  eccErrors(device: NvmlHandle): Promise<NvmlAnswer<number>>;
  /** Index into {@link NVML_COMPUTE_MODES}. */
  computeMode(device: NvmlHandle): Promise<NvmlAnswer<number>>;
  /** Whether the device is divided into instances now. */
  isMigEnabled(device: NvmlHandle): Promise<NvmlAnswer<boolean>>;
  /** How many instances there can be; places without one answer NOT_FOUND. */
  migDeviceCountMax(device: NvmlHandle): Promise<NvmlAnswer<number>>;
  migDevice(
    device: NvmlHandle,
    index: number,
  ): Promise<NvmlAnswer<NvmlHandle>>;
  /** Lets the library go, if no call is out; one that hangs keeps it. */
  close(): void;
}

/** Return codes by name (nvmlReturn_t). */
export const NVML_ERRORS = {
  UNINITIALIZED: 1,
  INVALID_ARGUMENT: 2,
  NOT_SUPPORTED: 3,
  NO_PERMISSION: 4,
  ALREADY_INITIALIZED: 5,
  NOT_FOUND: 6,
  INSUFFICIENT_SIZE: 7,
  INSUFFICIENT_POWER: 8,
  DRIVER_NOT_LOADED: 9,
  TIMEOUT: 10,
  IRQ_ISSUE: 11,
  LIBRARY_NOT_FOUND: 12,
  FUNCTION_NOT_FOUND: 13,
  CORRUPTED_INFOROM: 14,
  GPU_IS_LOST: 15,
  RESET_REQUIRED: 16,
  OPERATING_SYSTEM: 17,
  LIB_RM_VERSION_MISMATCH: 18,
  IN_USE: 19,
  MEMORY: 20,
  NO_DATA: 21,
  VGPU_ECC_NOT_SUPPORTED: 22,
  INSUFFICIENT_RESOURCES: 23,
  FREQ_NOT_SUPPORTED: 24,
  ARGUMENT_VERSION_MISMATCH: 25,
  DEPRECATED: 26,
  NOT_READY: 27,
  GPU_NOT_FOUND: 28,
  INVALID_STATE: 29,
  RESET_TYPE_NOT_SUPPORTED: 30,
  UNKNOWN: 999,
} as const;

/** What holds clocks down (nvmlClocksThrottleReasons), by bit; `slows` when it is heat or power that fails. */
export const NVML_THROTTLE_REASONS: readonly {
  readonly bit: number;
  readonly name: string;
  readonly slows: boolean;
}[] = [
  { bit: 0x1, name: "idle", slows: false },
  { bit: 0x2, name: "application_clocks", slows: false },
  { bit: 0x4, name: "power_cap", slows: false },
  { bit: 0x8, name: "hardware_slowdown", slows: true },
  { bit: 0x10, name: "sync_boost", slows: false },
  { bit: 0x20, name: "software_thermal", slows: true },
  { bit: 0x40, name: "hardware_thermal", slows: true },
  { bit: 0x80, name: "power_brake", slows: true },
  { bit: 0x100, name: "display_clocks", slows: false },
];

/** Compute modes (nvmlComputeMode_t) by their number. */
export const NVML_COMPUTE_MODES = [
  "default",
  "exclusive_thread",
  "prohibited",
  "exclusive_process",
] as const;
