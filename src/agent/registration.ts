/** What a machine says of itself when it registers. Owns no state. */
import type { HostFacts } from "../collect/host.ts";
import type { ClientConfig } from "../config/client_keys.ts";
import type { Registration } from "../engine/backend.ts";
import type { Whereabouts } from "./own_place.ts";
import type { Totals } from "./sample_windows.ts";

/** Bytes of a GB on the wire. */
const GB_BYTES = 2 ** 30;
/** Part of a size by which it may change unsaid until the next registration; some file systems change theirs all the time. */
const SIZE_CHANGE_MAX = 0.05;

/** What a registration is made of. */
export interface RegistrationSources {
  readonly config: ClientConfig;
  readonly clientId: string;
  readonly host: HostFacts;
  readonly totals: Totals;
  /** Address on the way to the server, or empty. */
  readonly localIp: string;
  readonly whereabouts: Whereabouts;
}

/**
 * The registration. The public address is known only where a look-up of the place learned it. Without an endpoint of its
 * own the server derives one from the local address.
 */
export function registrationOf(sources: RegistrationSources): Registration {
  const { config, host, totals, whereabouts } = sources;
  return {
    id: sources.clientId,
    hostname: config.hostname || host.hostname,
    publicIp: whereabouts.publicIp,
    localIp: sources.localIp,
    place: whereabouts.place,
    totalCores: totals.cores,
    totalMemoryGb: totals.memoryBytes / GB_BYTES,
    totalStorageGb: totals.diskBytes / GB_BYTES,
    totalGpus: totals.gpuModels.length,
    gpuModels: totals.gpuModels,
    endpoint: config.endpointUrl,
    endpoints: config.endpoints,
  };
}

/** Whether the machine has another size than it registered: a core or memory was added, a limit changed, a GPU was lost. */
export function hasChangedSize(
  registered: Registration,
  totals: Totals,
): boolean {
  return registered.totalCores !== totals.cores ||
    differs(registered.totalMemoryGb, totals.memoryBytes / GB_BYTES) ||
    differs(registered.totalStorageGb, totals.diskBytes / GB_BYTES) ||
    registered.gpuModels.join("\n") !== totals.gpuModels.join("\n");
}

function differs(before: number, after: number): boolean {
  return Math.abs(after - before) > SIZE_CHANGE_MAX * before;
}
