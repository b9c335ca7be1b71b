/** What a client says of its machine, where a test cares for little of it. */
import type { Registration } from "../../src/engine/backend.ts";

/** A machine with one of everything and no GPU. */
export const SMALL_MACHINE: Registration = {
  id: "c-1",
  hostname: "h",
  publicIp: "",
  localIp: "10.0.0.7",
  place: undefined,
  totalCores: 1,
  totalMemoryGb: 1,
  totalStorageGb: 1,
  totalGpus: 0,
  gpuModels: [],
  endpoint: "",
  endpoints: [],
};
