/**
 * What the engine knows of a backend: what it said when it registered, and what its last report says.
 *
 * Sizes are GB = 2^30 bytes, as on the wire and in the database; percentages run from 0 to 100.
 */

/** A place on Earth. A backend or caller whose place is not known has none (`undefined`), never 0,0. */
export interface Place {
  /** Degrees north, -90 to 90. */
  readonly latitude: number;
  /** Degrees east, -180 to 180. */
  readonly longitude: number;
  /** Country code or name as reported; may be empty. */
  readonly country: string;
  /** City name as reported; may be empty. */
  readonly city: string;
}

/** One of several ports of a backend, and the request paths that belong to it. */
export interface EndpointRule {
  /** Base URL, http or https. */
  readonly url: string;
  /** Exact paths, prefixes ending in `*`, or `*` for all. */
  readonly paths: readonly string[];
}

/** What a backend says of itself when it registers. */
export interface Registration {
  /** The backend's stable id (`client_id` on the wire). */
  readonly id: string;
  /** Host name as the machine reports it. */
  readonly hostname: string;
  /** Public address, or empty when unknown. */
  readonly publicIp: string;
  /** Address on its own network, or empty when unknown. */
  readonly localIp: string;
  /** Where the machine stands, when it is known. */
  readonly place: Place | undefined;
  /** CPU cores a session could get. */
  readonly totalCores: number;
  /** Memory in GB. */
  readonly totalMemoryGb: number;
  /** Storage in GB. */
  readonly totalStorageGb: number;
  /** Number of GPUs. */
  readonly totalGpus: number;
  /** Model name of each GPU. */
  readonly gpuModels: readonly string[];
  /** URL that callers are sent to. */
  readonly endpoint: string;
  /** Further URLs by path; empty when there is only one endpoint. */
  readonly endpoints: readonly EndpointRule[];
  /** The address that it registered from; absent when that is not known. */
  readonly registeredFrom?: string;
  /** Addresses and ranges that its own credential lets it be at; absent for none. */
  readonly endpointAllow?: readonly string[];
}

/** One GPU as reported. */
export interface GpuReading {
  /** The device's index on its machine. */
  readonly deviceId: number;
  /** Model name. */
  readonly name: string;
  /** Mean utilisation, 0 to 100. */
  readonly utilizationPct: number;
  /** VRAM in use, GB. */
  readonly memoryUsedGb: number;
  /** VRAM in all, GB. */
  readonly memoryTotalGb: number;
  /** Degrees Celsius. */
  readonly temperatureC: number;
  /** Watts. */
  readonly powerDrawW: number;
  /** Who made it, in small letters; absent when that is not said. */
  readonly vendor?: string | undefined;
  /** What the driver calls this very device, wherever it is plugged in: NVIDIA's UUID, AMD's unique id, or its PCI address. */
  readonly uuid?: string | undefined;
  /** Where it begins to slow itself down, degrees Celsius; absent when the card does not say. */
  readonly temperatureLimitC?: number | undefined;
  /** The power it may draw, watts. */
  readonly powerLimitW?: number | undefined;
  /** Whether heat or a lack of power made it slower within the last minute. */
  readonly isThrottled?: boolean | undefined;
  /** What holds its clocks down, as {@link GpuReading.isThrottled} and otherwise; for people. */
  readonly throttleReasons?: readonly string[] | undefined;
  /** Memory errors since its driver was loaded that could not be corrected. */
  readonly eccErrors?: number | undefined;
  /** Who may compute on it: "default", "exclusive_thread", "exclusive_process" or "prohibited". */
  readonly computeMode?: string | undefined;
  /** Whether it is a part of a card (an instance of NVIDIA's MIG). */
  readonly isSlice?: boolean | undefined;
}

/** Room of one kind (memory, disk) in GB. */
export interface Room {
  /** In all. */
  readonly totalGb: number;
  /** In use. */
  readonly usedGb: number;
  /** Left for a new session. */
  readonly availableGb: number;
}

/** The last seconds of a machine, sent beside the long averages by our own client. */
export interface ShortWindow {
  /** Length of the window in seconds. */
  readonly seconds: number;
  /** Mean use per core, percent. */
  readonly coreUsagePct: readonly number[];
  /** Mean memory in use, GB. */
  readonly memoryUsedGb: number;
  /** Mean disk in use, GB. */
  readonly diskUsedGb: number;
  /** Mean use of each GPU. */
  readonly gpus: readonly GpuReading[];
}

/** What was recovered from a report when it came: the state of that work, so that a later run can go on with it. */
export interface Recovery {
  /** Mean use since the report before it, in the order of `engine/usage.ts`. */
  readonly means: readonly number[];
  /** Windows since it began with a guess; undefined when it began with the client. */
  readonly windowsSinceGuess: number | undefined;
}

/** One report of a backend's real use. */
export interface Report {
  /** Mean use per core over the window, percent. */
  readonly coreUsagePct: readonly number[];
  /** Memory, mean over the window. */
  readonly memory: Room;
  /** Disk, mean over the window. */
  readonly disk: Room;
  /** GPUs; empty when the machine has none. */
  readonly gpus: readonly GpuReading[];
  /** Length of the averaging window in seconds, when the client says it. */
  readonly windowSeconds?: number | undefined;
  /** How much of the window had been sampled, seconds. */
  readonly windowFilledSeconds?: number | undefined;
  /** The short window, when the client sends one. */
  readonly shortWindow?: ShortWindow | undefined;
  /** What an earlier run recovered from it; never said by a client. */
  readonly recovery?: Recovery | undefined;
}
