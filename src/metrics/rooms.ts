/** The kinds of room that a machine has, under the names and in the units of series. */
import type { BackendFigures, RoomFigures } from "../engine/figures.ts";
import type { Unit } from "./family.ts";

/** Bytes of what the wire calls a GB. */
export const GB_BYTES: number = 2 ** 30;

/** One kind of room. */
export interface RoomKind {
  /** The end of its names, with the unit. */
  readonly noun: string;
  /** How a sentence about it begins. */
  readonly words: string;
  readonly unit: Unit;
  /** What the engine's figure is to be multiplied with. */
  readonly scale: number;
  readonly of: (backend: BackendFigures) => RoomFigures;
}

/** All kinds, in the order in which they matter. */
export const ROOMS: readonly RoomKind[] = [
  {
    noun: "cores",
    words: "CPU, in cores,",
    unit: "cores",
    scale: 1,
    of: ({ cores }) => cores,
  },
  {
    noun: "memory_bytes",
    words: "Memory",
    unit: "bytes",
    scale: GB_BYTES,
    of: ({ memoryGb }) => memoryGb,
  },
  {
    noun: "gpu_memory_bytes",
    words: "Memory of GPUs",
    unit: "bytes",
    scale: GB_BYTES,
    of: ({ gpuMemoryGb }) => gpuMemoryGb,
  },
  {
    noun: "storage_bytes",
    words: "Storage",
    unit: "bytes",
    scale: GB_BYTES,
    of: ({ storageGb }) => storageGb,
  },
];
