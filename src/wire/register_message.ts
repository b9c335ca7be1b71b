/**
 * What a client sends to `POST /register`, understood by our server and by the Go server. Without the schema library,
 * because a client has little memory to spend.
 */
import type { EndpointRule, Registration } from "../engine/backend.ts";
import {
  type Presence,
  type PresenceMessage,
  presenceMessage,
} from "./presence.ts";

/** The JSON of a registration. */
export interface RegisterMessage extends PresenceMessage {
  readonly client_id: string;
  readonly hostname: string;
  readonly public_ip: string;
  readonly local_ip: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly country: string;
  readonly city: string;
  /** Whole cores: the Go server can't read a fraction. */
  readonly total_cpu: number;
  readonly total_memory_gb: number;
  readonly total_storage_gb: number;
  readonly total_gpus?: number;
  readonly gpu_models?: readonly string[];
  readonly endpoint_url?: string;
  readonly endpoints?: readonly EndpointRule[];
}

/** The registration under its JSON names; what is not known is said as the Go client says it. */
export function registerMessage(
  registration: Registration,
  presence?: Presence,
): RegisterMessage {
  const { place, endpoint, endpoints } = registration;
  return {
    client_id: registration.id,
    hostname: registration.hostname,
    public_ip: registration.publicIp || NOT_KNOWN,
    local_ip: registration.localIp || NOT_KNOWN,
    latitude: place?.latitude ?? 0,
    longitude: place?.longitude ?? 0,
    country: place?.country || NOT_KNOWN,
    city: place?.city || NOT_KNOWN,
    total_cpu: Math.floor(registration.totalCores),
    total_memory_gb: registration.totalMemoryGb,
    total_storage_gb: registration.totalStorageGb,
    ...(registration.totalGpus > 0 && {
      total_gpus: registration.totalGpus,
      gpu_models: registration.gpuModels,
    }),
    ...(endpoint !== "" && { endpoint_url: endpoint }),
    ...(endpoints.length > 0 && { endpoints }),
    ...presenceMessage(presence),
  };
}

const NOT_KNOWN = "unknown";
