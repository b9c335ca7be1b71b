/**
 * What is called of NVML. All of it is optional, because drivers lack the newer half or, one day, the older; all of it
 * is nonblocking, because any call may wait for a card. Return codes are u32 although C says enum: none is negative,
 * and so {@link NVML_NO_ANSWER} can't be one.
 */

const CALL = { result: "u32", nonblocking: true, optional: true } as const;

/** A device and where the answer is to be written. */
const ASK_DEVICE = { ...CALL, parameters: ["u64", "buffer"] } as const;

/** The functions of nvml.h. A handle is a pointer that only NVML looks at. */
export const NVML_SYMBOLS = {
  nvmlInit_v2: { ...CALL, parameters: [] },
  nvmlInit: { ...CALL, parameters: [] },
  nvmlShutdown: { ...CALL, parameters: [] },
  nvmlSystemGetDriverVersion: { ...CALL, parameters: ["buffer", "u32"] },
  nvmlDeviceGetCount_v2: { ...CALL, parameters: ["buffer"] },
  nvmlDeviceGetCount: { ...CALL, parameters: ["buffer"] },
  nvmlDeviceGetHandleByIndex_v2: { ...CALL, parameters: ["u32", "buffer"] },
  nvmlDeviceGetHandleByIndex: { ...CALL, parameters: ["u32", "buffer"] },
  nvmlDeviceGetName: { ...CALL, parameters: ["u64", "buffer", "u32"] },
  nvmlDeviceGetUUID: { ...CALL, parameters: ["u64", "buffer", "u32"] },
  nvmlDeviceGetUtilizationRates: ASK_DEVICE,
  nvmlDeviceGetMemoryInfo: ASK_DEVICE,
  nvmlDeviceGetTemperatureV: ASK_DEVICE,
  nvmlDeviceGetTemperature: { ...CALL, parameters: ["u64", "i32", "buffer"] },
  nvmlDeviceGetTemperatureThreshold: {
    ...CALL,
    parameters: ["u64", "i32", "buffer"],
  },
  nvmlDeviceGetMarginTemperature: ASK_DEVICE,
  nvmlDeviceGetPowerUsage: ASK_DEVICE,
  nvmlDeviceGetEnforcedPowerLimit: ASK_DEVICE,
  nvmlDeviceGetCurrentClocksEventReasons: ASK_DEVICE,
  nvmlDeviceGetCurrentClocksThrottleReasons: ASK_DEVICE,
  nvmlDeviceGetTotalEccErrors: {
    ...CALL,
    parameters: ["u64", "i32", "i32", "buffer"],
  },
  nvmlDeviceGetComputeMode: ASK_DEVICE,
  nvmlDeviceGetMigMode: { ...CALL, parameters: ["u64", "buffer", "buffer"] },
  nvmlDeviceGetMaxMigDeviceCount: ASK_DEVICE,
  nvmlDeviceGetMigDeviceHandleByIndex: {
    ...CALL,
    parameters: ["u64", "u32", "buffer"],
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** The same names, to see which of them a library has; not to be called. */
export const NVML_PRESENCE: Readonly<Record<string, Deno.ForeignFunction>> =
  Object.fromEntries(
    Object.keys(NVML_SYMBOLS).map((name) => [
      name,
      { parameters: [], result: "void", optional: true } as const,
    ]),
  );

/** The name of one of the functions. */
export type NvmlSymbol = keyof typeof NVML_SYMBOLS;

/** Those that are given a device and one place for the answer. */
export type NvmlDeviceQuestion = {
  [Name in NvmlSymbol]: (typeof NVML_SYMBOLS)[Name] extends typeof ASK_DEVICE
    ? Name
    : never;
}[NvmlSymbol];

/** The library as the runtime loads it. */
export type NvmlLibrary = Deno.DynamicLibrary<typeof NVML_SYMBOLS>;
