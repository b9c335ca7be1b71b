/** Every call of {@link Nvml} as data, so that a test can go through them all. */
import type { Nvml, NvmlAnswer, NvmlHandle } from "../../ffi/nvml_api.ts";
import { type OpenedNvml, openNvml } from "../../ffi/nvml.ts";
import type { FakeNvml } from "./fake_nvml.ts";

/** One call. */
export interface NvmlCall {
  /** The newest of its functions. */
  readonly symbol: string;
  /** The function before that, where there is one. */
  readonly older?: string;
  /** Whether drivers of 2016 can't do it. */
  readonly isNew?: true;
  /** Whether it answers with a value. */
  readonly hasValue: boolean;
  readonly make: (
    nvml: Nvml,
    device: NvmlHandle,
  ) => Promise<NvmlAnswer<unknown>>;
}

/** All of them; the order is that of the interface. */
export const NVML_CALLS: readonly NvmlCall[] = [
  {
    symbol: "nvmlInit_v2",
    older: "nvmlInit",
    hasValue: false,
    make: (nvml) => nvml.init(),
  },
  { symbol: "nvmlShutdown", hasValue: false, make: (nvml) => nvml.shutdown() },
  valued("nvmlSystemGetDriverVersion", (nvml) => nvml.driverVersion()),
  valued(
    "nvmlDeviceGetCount_v2",
    (nvml) => nvml.deviceCount(),
    "nvmlDeviceGetCount",
  ),
  valued(
    "nvmlDeviceGetHandleByIndex_v2",
    (nvml) => nvml.device(0),
    "nvmlDeviceGetHandleByIndex",
  ),
  valued("nvmlDeviceGetName", (nvml, device) => nvml.name(device)),
  valued("nvmlDeviceGetUUID", (nvml, device) => nvml.uuid(device)),
  valued(
    "nvmlDeviceGetUtilizationRates",
    (nvml, device) => nvml.utilization(device),
  ),
  valued("nvmlDeviceGetMemoryInfo", (nvml, device) => nvml.memory(device)),
  valued(
    "nvmlDeviceGetTemperatureV",
    (nvml, device) => nvml.temperature(device),
    "nvmlDeviceGetTemperature",
  ),
  valued(
    "nvmlDeviceGetTemperatureThreshold",
    (nvml, device) => nvml.slowdownTemperature(device),
  ),
  {
    ...valued(
      "nvmlDeviceGetMarginTemperature",
      (nvml, device) => nvml.temperatureMargin(device),
    ),
    isNew: true,
  },
  valued("nvmlDeviceGetPowerUsage", (nvml, device) => nvml.powerDraw(device)),
  valued(
    "nvmlDeviceGetEnforcedPowerLimit",
    (nvml, device) => nvml.powerLimit(device),
  ),
  valued(
    "nvmlDeviceGetCurrentClocksEventReasons",
    (nvml, device) => nvml.throttleReasons(device),
    "nvmlDeviceGetCurrentClocksThrottleReasons",
  ),
  valued(
    "nvmlDeviceGetTotalEccErrors",
    (nvml, device) => nvml.eccErrors(device),
  ),
  valued(
    "nvmlDeviceGetComputeMode",
    (nvml, device) => nvml.computeMode(device),
  ),
  {
    ...valued(
      "nvmlDeviceGetMigMode",
      (nvml, device) => nvml.isMigEnabled(device),
    ),
    isNew: true,
  },
  {
    ...valued(
      "nvmlDeviceGetMaxMigDeviceCount",
      (nvml, device) => nvml.migDeviceCountMax(device),
    ),
    isNew: true,
  },
  {
    ...valued(
      "nvmlDeviceGetMigDeviceHandleByIndex",
      (nvml, device) => nvml.migDevice(device, 0),
    ),
    isNew: true,
  },
];

/** Opens a fake, which must succeed. */
export function openFake(fake: FakeNvml, deadlineMs?: number): Nvml {
  const opened: OpenedNvml = openNvml({
    paths: [fake.path],
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  if (opened.kind === "open") return opened.nvml;
  throw new Error(`Cannot open the fake NVML: ${opened.reason}`);
}

/** Opens a fake and begins; the handle of its first device. */
export async function beginFake(
  fake: FakeNvml,
): Promise<{ readonly nvml: Nvml; readonly device: NvmlHandle }> {
  const nvml = openFake(fake);
  valueOf(await nvml.init());
  return { nvml, device: valueOf(await nvml.device(0)) };
}

/** The value of an answer, which must have one. */
export function valueOf<T>(answer: NvmlAnswer<T>): T {
  if (answer.kind === "ok") return answer.value;
  throw new Error(`Expected an answer, found ${answer.reason}`);
}

function valued(
  symbol: string,
  make: NvmlCall["make"],
  older?: string,
): NvmlCall {
  const call = { symbol, hasValue: true, make };
  return older === undefined ? call : { ...call, older };
}
