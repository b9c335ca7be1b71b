/** A machine as its client measures it: means over the window that it reports. Nothing is kept here. */
import type { GpuReading, Report, Room } from "../engine/backend.ts";
import { type About, type Family, gaugeBy, gaugeOf } from "./family.ts";
import { GB_BYTES } from "./rooms.ts";

/** The families of a machine. */
export function machineFamilies(
  { coreUsagePct, memory, disk, gpus }: Report,
): readonly Family[] {
  return [
    gaugeBy(
      {
        name: "opsen_client_core_usage_ratio",
        help: "Mean use of the core, 0 to 1",
        unit: "ratio",
      },
      "core",
      coreUsagePct.map((pct, core) => [`${core}`, pct / 100]),
    ),
    room("memory", "Memory of the machine", memory),
    room("disk", "The disk that sessions use", disk),
    ...gpus.length === 0 ? [] : gpuFamilies(
      "opsen_client",
      gpus.map((gpu) => ({ gpu, before: "{" })),
    ),
  ];
}

/** A GPU, and the labels that come before its own, with the brace that begins them. */
export interface LabelledGpu {
  readonly gpu: GpuReading;
  readonly before: string;
}

/** Four series for each GPU, under names that begin so. */
export function gpuFamilies(
  prefix: string,
  gpus: readonly LabelledGpu[],
): readonly Family[] {
  const family = (about: About, valueOf: (gpu: GpuReading) => number) =>
    gaugeOf(
      { ...about, name: `${prefix}_${about.name}` },
      gpus,
      ({ gpu, before }) => `${before}gpu="${gpu.deviceId}"}`,
      ({ gpu }) => valueOf(gpu),
    );
  return [
    family({
      name: "gpu_usage_ratio",
      help: "Mean use of the GPU, 0 to 1",
      unit: "ratio",
    }, ({ utilizationPct }) => utilizationPct / 100),
    family({
      name: "gpu_memory_used_bytes",
      help: "Memory of the GPU that is in use",
      unit: "bytes",
    }, ({ memoryUsedGb }) => memoryUsedGb * GB_BYTES),
    family({
      name: "gpu_memory_size_bytes",
      help: "Memory of the GPU",
      unit: "bytes",
    }, ({ memoryTotalGb }) => memoryTotalGb * GB_BYTES),
    family({
      name: "gpu_temperature_celsius",
      help: "Temperature of the GPU",
      unit: "celsius",
    }, ({ temperatureC }) => temperatureC),
  ];
}

function room(name: string, words: string, room: Room): Family {
  return gaugeBy(
    {
      name: `opsen_client_${name}_bytes`,
      help: `${words}, by whether it is used`,
      unit: "bytes",
    },
    "state",
    [
      ["used", room.usedGb * GB_BYTES],
      ["free", room.availableGb * GB_BYTES],
    ],
  );
}
