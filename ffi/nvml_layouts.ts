/**
 * Where NVML writes its answers: structures of nvml.h as data, sizes and offsets in bytes. The systems this runs on are
 * 64-bit and little-endian, and no structure here is packed.
 */

/** One structure of nvml.h. */
export interface NvmlLayout<Field extends string = string> {
  /** Its C type. */
  readonly name: string;
  /** Whole size, padding included. */
  readonly bytes: number;
  /** Where each field begins; those that are not needed are left out. */
  readonly at: Readonly<Record<Field, number>>;
  /** Words that it holds on the way in, from its first byte; the first is its {@link versionWord}. */
  readonly given: readonly number[];
  /** Where it is documented. */
  readonly source: string;
}

/** NVML_TEMPERATURE_GPU, the only sensor there is. */
export const SENSOR_GPU = 0;

/** Version 1: what the driver keeps for itself counts as used, so `free` is the same as in version 2. */
export const MEMORY: NvmlLayout<"total" | "free"> = {
  name: "nvmlMemory_t",
  bytes: 24,
  at: { total: 0, free: 8 },
  given: [],
  source: "nvml.h, Device Structs: unsigned long long total, free, used",
};

/** The share of the time in which a kernel ran, and in which memory was read or written. */
export const UTILIZATION: NvmlLayout<"gpu"> = {
  name: "nvmlUtilization_t",
  bytes: 8,
  at: { gpu: 0 },
  given: [],
  source: "nvml.h, Device Structs: unsigned int gpu, memory",
};

/** The sensor is told on the way in. */
export const TEMPERATURE: NvmlLayout<"version" | "sensor" | "temperature"> = {
  name: "nvmlTemperature_v1_t",
  bytes: 12,
  at: { version: 0, sensor: 4, temperature: 8 },
  given: [versionWord(12, 1), SENSOR_GPU],
  source:
    "nvml.h, Device Structs: unsigned int version, nvmlTemperatureSensors_t sensorType, int temperature",
};

/** Degrees until the nearest slowdown. */
export const MARGIN_TEMPERATURE: NvmlLayout<"version" | "margin"> = {
  name: "nvmlMarginTemperature_v1_t",
  bytes: 8,
  at: { version: 0, margin: 4 },
  given: [versionWord(8, 1)],
  source: "nvml.h, Device Queries: unsigned int version, int marginTemperature",
};

/** Texts end with a NUL within these: NVML_DEVICE_NAME_V2_BUFFER_SIZE and NVML_DEVICE_UUID_V2_BUFFER_SIZE. */
export const DEVICE_TEXT_BYTES = 96;

/** NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE. */
export const DRIVER_VERSION_BYTES = 80;

/** NVML_TEMPERATURE_THRESHOLD_SLOWDOWN. */
export const THRESHOLD_SLOWDOWN = 1;

/** NVML_MEMORY_ERROR_TYPE_UNCORRECTED. */
export const ERRORS_UNCORRECTED = 1;

/** NVML_VOLATILE_ECC: those since the driver was loaded. */
export const ERRORS_VOLATILE = 0;

/** NVML_STRUCT_VERSION: which structure the caller means, by its size and version. */
function versionWord(bytes: number, version: number): number {
  return bytes | (version << 24);
}
