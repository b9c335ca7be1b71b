/** The machines of the demo: what they are like, and where they and their callers stand. */
import type { MachineShape } from "./machine.ts";

/** A point on the map. */
export interface Spot {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** A simulated neighbour. */
export interface Neighbour {
  readonly shape: MachineShape;
  readonly spot: Spot;
}

/** Where this machine is said to stand; its readings are real. */
export const HERE: Spot = { name: "Paris", latitude: 48.857, longitude: 2.352 };

/** Unequal on purpose: a small busy one, a large idle one with GPUs, one in between whose disk is nearly full. */
export const NEIGHBOURS: readonly Neighbour[] = [
  {
    shape: {
      name: "small-busy",
      cores: 4,
      memoryGb: 8,
      diskGb: 80,
      ownLoadPct: 70,
      ownDiskShare: 0.3,
      ownMemoryShare: 0.5,
    },
    spot: { name: "Montreuil", latitude: 48.861, longitude: 2.443 },
  },
  {
    shape: {
      name: "large-idle",
      cores: 64,
      memoryGb: 256,
      diskGb: 2000,
      ownLoadPct: 4,
      ownDiskShare: 0.2,
      ownMemoryShare: 0.1,
      gpus: [
        { model: "0x7551", vramGb: 32, powerLimitW: 300 },
        { model: "0x7551", vramGb: 32, powerLimitW: 300 },
        { model: "0x7448", vramGb: 48, powerLimitW: 295 },
      ],
    },
    spot: { name: "Versailles", latitude: 48.801, longitude: 2.13 },
  },
  {
    shape: {
      name: "medium-full-disk",
      cores: 16,
      memoryGb: 32,
      diskGb: 120,
      ownLoadPct: 25,
      ownDiskShare: 0.9,
      ownMemoryShare: 0.4,
    },
    spot: { name: "Saint-Denis", latitude: 48.936, longitude: 2.357 },
  },
];

/** Where callers are. */
export const CALLER_SPOTS: readonly Spot[] = [
  HERE,
  { name: "Orly", latitude: 48.748, longitude: 2.4 },
  { name: "Meaux", latitude: 48.96, longitude: 2.878 },
  { name: "Poissy", latitude: 48.929, longitude: 2.049 },
];
