/** What a return code of NVML means for who reads GPUs. Owns no state. */
import {
  NVML_ERRORS,
  NVML_NO_ANSWER,
  type NvmlFault,
} from "../../ffi/nvml_api.ts";

/**
 * What can't be had: one value, the card, or the whole library.
 *
 * Codes that some cards give for a single value as well, such as INVALID_ARGUMENT and NOT_FOUND, mean the value only.
 * A handle that has become invalid fails for the memory too, and a card whose memory can't be read is not offered.
 */
export type FaultKind = "value" | "card" | "library";

const CARD_CODES: readonly number[] = [
  NVML_ERRORS.GPU_IS_LOST,
  NVML_ERRORS.RESET_REQUIRED,
  NVML_ERRORS.GPU_NOT_FOUND,
];

/** Why there is no library, without the call that found out, so that the log hears of it once. */
const LIBRARY_REASONS: ReadonlyMap<number, string> = new Map([
  [NVML_NO_ANSWER, "The NVIDIA driver does not answer"],
  [NVML_ERRORS.UNINITIALIZED, "NVIDIA's library has ended"],
  [NVML_ERRORS.DRIVER_NOT_LOADED, "The NVIDIA driver is not loaded"],
  [
    NVML_ERRORS.LIBRARY_NOT_FOUND,
    "NVIDIA's library misses a part of the driver",
  ],
  [
    NVML_ERRORS.LIB_RM_VERSION_MISMATCH,
    "NVIDIA's library and the loaded driver are of different versions: the driver was upgraded and has to be loaded anew, or the machine restarted",
  ],
]);

/** No GPU on this machine has a driver: on one without a GPU nothing to talk about. */
const DRIVERLESS_CODES: readonly number[] = [
  NVML_ERRORS.DRIVER_NOT_LOADED,
  NVML_ERRORS.LIBRARY_NOT_FOUND,
  NVML_ERRORS.GPU_NOT_FOUND,
];

/** What a return code takes away; a code that is not known, the value. */
export function faultKind(code: number): FaultKind {
  if (LIBRARY_REASONS.has(code)) return "library";
  return CARD_CODES.includes(code) ? "card" : "value";
}

/** Why the library can't be used, in words. */
export function libraryReason(fault: NvmlFault): string {
  return LIBRARY_REASONS.get(fault.code) ??
    `NVIDIA's library can't be used (${fault.reason})`;
}

/** Whether the code at the start means that there is no driver. */
export function isDriverless(code: number): boolean {
  return DRIVERLESS_CODES.includes(code);
}
