/** The calls of NVML: which function, with what, and what its answer can be. Drivers have said impossible things. */
import {
  type Nvml,
  NVML_COMPUTE_MODES,
  type NvmlAnswer,
  type NvmlHandle,
  type NvmlMemory,
} from "./nvml_api.ts";
import {
  DEVICE_TEXT_BYTES,
  DRIVER_VERSION_BYTES,
  ERRORS_UNCORRECTED,
  ERRORS_VOLATILE,
  MARGIN_TEMPERATURE,
  MEMORY,
  SENSOR_GPU,
  TEMPERATURE,
  THRESHOLD_SLOWDOWN,
  UTILIZATION,
} from "./nvml_layouts.ts";
import type { NvmlAsking } from "./nvml_asking.ts";
import type { NvmlOut } from "./nvml_out.ts";

/** What can't be, because the world is not so: larger values are a driver's mistake. */
const DEVICES_MAX = 256;
const INSTANCES_MAX = 256;
const TEMPERATURE_C_MAX = 200;
const POWER_MW_MAX = 100_000_000;

/** One opened library. */
export class NvmlCalls implements Nvml {
  readonly #nvml: NvmlAsking;

  /** Owns what it asks with. */
  constructor(nvml: NvmlAsking) {
    this.#nvml = nvml;
  }

  init(): Promise<NvmlAnswer<undefined>> {
    return this.#nvml.either(
      "nvmlInit_v2",
      () => this.#nvml.act("nvmlInit_v2"),
      () => this.#nvml.act("nvmlInit"),
    );
  }

  shutdown(): Promise<NvmlAnswer<undefined>> {
    return this.#nvml.act("nvmlShutdown");
  }

  driverVersion(): Promise<NvmlAnswer<string>> {
    return this.#nvml.ask(
      "nvmlSystemGetDriverVersion",
      (call, { bytes }) => call(bytes, DRIVER_VERSION_BYTES),
      (out) => out.text(DRIVER_VERSION_BYTES),
    );
  }

  deviceCount(): Promise<NvmlAnswer<number>> {
    const newer = "nvmlDeviceGetCount_v2";
    return this.#nvml.either(
      newer,
      () => this.#count(newer),
      () => this.#count("nvmlDeviceGetCount"),
    );
  }

  device(index: number): Promise<NvmlAnswer<NvmlHandle>> {
    const newer = "nvmlDeviceGetHandleByIndex_v2";
    return this.#nvml.either(
      newer,
      () => this.#deviceBy(newer, index),
      () => this.#deviceBy("nvmlDeviceGetHandleByIndex", index),
    );
  }

  name(device: NvmlHandle): Promise<NvmlAnswer<string>> {
    return this.#text("nvmlDeviceGetName", device);
  }

  uuid(device: NvmlHandle): Promise<NvmlAnswer<string>> {
    return this.#text("nvmlDeviceGetUUID", device);
  }

  utilization(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#nvml.askDevice(
      device,
      "nvmlDeviceGetUtilizationRates",
      (out) => out.word(UTILIZATION.at.gpu, 100),
    );
  }

  memory(device: NvmlHandle): Promise<NvmlAnswer<NvmlMemory>> {
    return this.#nvml.askDevice(device, "nvmlDeviceGetMemoryInfo", (out) => {
      const totalBytes = out.long(MEMORY.at.total);
      const freeBytes = out.long(MEMORY.at.free);
      if (totalBytes === undefined || freeBytes === undefined) return undefined;
      return freeBytes > totalBytes ? undefined : { totalBytes, freeBytes };
    });
  }

  temperature(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    const newer = "nvmlDeviceGetTemperatureV";
    return this.#nvml.either(
      newer,
      () =>
        this.#nvml.askDevice(
          device,
          newer,
          (out) => out.signed(TEMPERATURE.at.temperature, TEMPERATURE_C_MAX),
          TEMPERATURE,
        ),
      () =>
        this.#nvml.ask(
          "nvmlDeviceGetTemperature",
          (call, { bytes }) => call(device, SENSOR_GPU, bytes),
          celsius,
        ),
    );
  }

  slowdownTemperature(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#nvml.ask(
      "nvmlDeviceGetTemperatureThreshold",
      (call, { bytes }) => call(device, THRESHOLD_SLOWDOWN, bytes),
      celsius,
    );
  }

  temperatureMargin(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#nvml.askDevice(
      device,
      "nvmlDeviceGetMarginTemperature",
      (out) => out.signed(MARGIN_TEMPERATURE.at.margin, TEMPERATURE_C_MAX),
      MARGIN_TEMPERATURE,
    );
  }

  powerDraw(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#nvml.askDevice(device, "nvmlDeviceGetPowerUsage", watts);
  }

  powerLimit(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#nvml.askDevice(
      device,
      "nvmlDeviceGetEnforcedPowerLimit",
      watts,
    );
  }

  throttleReasons(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    const newer = "nvmlDeviceGetCurrentClocksEventReasons";
    const older = "nvmlDeviceGetCurrentClocksThrottleReasons";
    return this.#nvml.either(
      newer,
      () => this.#nvml.askDevice(device, newer, long),
      () => this.#nvml.askDevice(device, older, long),
    );
  }

  eccErrors(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#nvml.ask(
      "nvmlDeviceGetTotalEccErrors",
      (call, { bytes }) =>
        call(device, ERRORS_UNCORRECTED, ERRORS_VOLATILE, bytes),
      long,
    );
  }

  computeMode(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#nvml.askDevice(
      device,
      "nvmlDeviceGetComputeMode",
      (out) => out.word(0, NVML_COMPUTE_MODES.length - 1),
    );
  }

  isMigEnabled(device: NvmlHandle): Promise<NvmlAnswer<boolean>> {
    return this.#nvml.ask(
      "nvmlDeviceGetMigMode",
      (call, { bytes, second }) => call(device, bytes, second),
      (out) => {
        const mode = out.word(0, 1);
        return mode === undefined ? undefined : mode === 1;
      },
    );
  }

  migDeviceCountMax(device: NvmlHandle): Promise<NvmlAnswer<number>> {
    return this.#nvml.askDevice(
      device,
      "nvmlDeviceGetMaxMigDeviceCount",
      (out) => out.word(0, INSTANCES_MAX),
    );
  }

  migDevice(
    device: NvmlHandle,
    index: number,
  ): Promise<NvmlAnswer<NvmlHandle>> {
    return this.#nvml.ask(
      "nvmlDeviceGetMigDeviceHandleByIndex",
      (call, { bytes }) => call(device, index, bytes),
      (out) => out.pointer(),
    );
  }

  close(): void {
    this.#nvml.close();
  }

  #count(
    name: "nvmlDeviceGetCount_v2" | "nvmlDeviceGetCount",
  ): Promise<NvmlAnswer<number>> {
    return this.#nvml.ask(
      name,
      (call, { bytes }) => call(bytes),
      (out) => out.word(0, DEVICES_MAX),
    );
  }

  #deviceBy(
    name: "nvmlDeviceGetHandleByIndex_v2" | "nvmlDeviceGetHandleByIndex",
    index: number,
  ): Promise<NvmlAnswer<NvmlHandle>> {
    return this.#nvml.ask(
      name,
      (call, { bytes }) => call(index, bytes),
      (out) => out.pointer(),
    );
  }

  #text(
    name: "nvmlDeviceGetName" | "nvmlDeviceGetUUID",
    device: NvmlHandle,
  ): Promise<NvmlAnswer<string>> {
    return this.#nvml.ask(
      name,
      (call, { bytes }) => call(device, bytes, DEVICE_TEXT_BYTES),
      (out) => out.text(DEVICE_TEXT_BYTES),
    );
  }
}

function celsius(out: NvmlOut): number | undefined {
  return out.word(0, TEMPERATURE_C_MAX);
}

function watts(out: NvmlOut): number | undefined {
  const milliwatts = out.word(0, POWER_MW_MAX);
  return milliwatts === undefined ? undefined : milliwatts / 1000;
}

function long(out: NvmlOut): number | undefined {
  return out.long(0);
}
