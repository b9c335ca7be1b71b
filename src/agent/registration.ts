/** What a machine says of itself when it registers. Owns no state. */
import type { HostFacts } from "../collect/host.ts";
import type { ClientConfig } from "../config/client_keys.ts";
import type { Place, Registration } from "../engine/backend.ts";
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
}

/**
 * The registration. The public address stays unknown, since finding it out would take a stranger's service; without an
 * endpoint of its own the server derives one from the local address.
 */
export function registrationOf(sources: RegistrationSources): Registration {
  const { config, host, totals } = sources;
  return {
    id: sources.clientId,
    hostname: config.hostname || host.hostname,
    publicIp: "",
    localIp: sources.localIp,
    place: placeOf(config),
    totalCores: totals.cores,
    totalMemoryGb: totals.memoryBytes / GB_BYTES,
    totalStorageGb: totals.diskBytes / GB_BYTES,
    totalGpus: 0,
    gpuModels: [],
    endpoint: config.endpointUrl,
    endpoints: config.endpoints,
  };
}

/** Whether the machine has another size than it registered: a core or memory was added, a limit changed. */
export function hasChangedSize(
  registered: Registration,
  totals: Totals,
): boolean {
  return registered.totalCores !== totals.cores ||
    differs(registered.totalMemoryGb, totals.memoryBytes / GB_BYTES) ||
    differs(registered.totalStorageGb, totals.diskBytes / GB_BYTES);
}

function differs(before: number, after: number): boolean {
  return Math.abs(after - before) > SIZE_CHANGE_MAX * before;
}

function placeOf(config: ClientConfig): Place | undefined {
  const { latitude, longitude, country, city } = config;
  if (latitude === undefined || longitude === undefined) return undefined;
  return { latitude, longitude, country, city };
}
