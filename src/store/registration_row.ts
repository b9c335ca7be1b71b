/** A registration as a row of `clients`, both ways. */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { EndpointRule, Place, Registration } from "../engine/backend.ts";
import type { StoredBackend } from "../ports.ts";
import { keyText } from "./key_text.ts";
import {
  amountOf,
  arrayOf,
  fieldsOf,
  parseStored,
  textOf,
} from "./stored_json.ts";
import { parseTimestamp, secondsText } from "./timestamps.ts";

/**
 * Takes the values of {@link registrationValues} in their order. A backend that is there keeps its row and with it its
 * place among the first registered.
 */
export const SAVE_REGISTRATION = `
  INSERT INTO clients (client_id, hostname, public_ip, local_ip, latitude, longitude, country, city, total_cpu,
    total_memory, total_storage, total_gpus, gpu_models, endpoint, endpoints_json, registered_from,
    endpoint_allow_json, created_at, last_seen)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?18, ?18)
  ON CONFLICT (client_id) DO UPDATE SET hostname = excluded.hostname, public_ip = excluded.public_ip,
    local_ip = excluded.local_ip, latitude = excluded.latitude, longitude = excluded.longitude,
    country = excluded.country, city = excluded.city, total_cpu = excluded.total_cpu,
    total_memory = excluded.total_memory, total_storage = excluded.total_storage,
    total_gpus = excluded.total_gpus, gpu_models = excluded.gpu_models, endpoint = excluded.endpoint,
    endpoints_json = excluded.endpoints_json, registered_from = excluded.registered_from,
    endpoint_allow_json = excluded.endpoint_allow_json, last_seen = excluded.last_seen`;

/**
 * What {@link backendOf} reads. The casts make text of the Go server's blobs, and numbers of whatever a column holds.
 */
export const BACKEND_COLUMNS = `
  CAST(client_id AS TEXT) AS id, CAST(hostname AS TEXT) AS hostname, CAST(public_ip AS TEXT) AS publicIp,
    CAST(local_ip AS TEXT) AS localIp, CAST(latitude AS REAL) AS latitude, CAST(longitude AS REAL) AS longitude,
    CAST(country AS TEXT) AS country, CAST(city AS TEXT) AS city, CAST(total_cpu AS REAL) AS totalCores,
    CAST(total_memory AS REAL) AS totalMemoryGb, CAST(total_storage AS REAL) AS totalStorageGb,
    CAST(total_gpus AS REAL) AS totalGpus, CAST(gpu_models AS TEXT) AS gpuModels,
    CAST(endpoint AS TEXT) AS endpoint, CAST(endpoints_json AS TEXT) AS endpoints,
    CAST(registered_from AS TEXT) AS registeredFrom, CAST(endpoint_allow_json AS TEXT) AS endpointAllow,
    CAST(last_seen AS TEXT) AS lastSeen`;

/** Every backend in the order of insertion, which steps of the wall clock don't change. */
export const READ_BACKENDS =
  `SELECT ${BACKEND_COLUMNS} FROM clients ORDER BY rowid`;

/** The row of a registration that arrived at that wall-clock time. No value of the Go server's is NULL: it can't read NULL. */
export function registrationValues(
  registration: Registration,
  atMs: number,
): SQLInputValue[] {
  const { place, registeredFrom, endpointAllow } = registration;
  return [
    keyText("client id", registration.id),
    registration.hostname,
    registration.publicIp,
    registration.localIp,
    place?.latitude ?? 0,
    place?.longitude ?? 0,
    place?.country ?? "",
    place?.city ?? "",
    registration.totalCores,
    registration.totalMemoryGb,
    registration.totalStorageGb,
    registration.totalGpus,
    JSON.stringify(registration.gpuModels),
    registration.endpoint,
    JSON.stringify(registration.endpoints),
    registeredFrom ?? null,
    endpointAllow === undefined ? null : JSON.stringify(endpointAllow),
    secondsText(atMs),
  ];
}

/** The backend of a row of {@link BACKEND_COLUMNS}, or undefined when nobody could be sent to it. */
export function backendOf(
  row: Readonly<Record<string, SQLOutputValue>>,
): StoredBackend | undefined {
  const id = textOf(row.id) ?? "";
  const localIp = knownOf(row.localIp);
  const endpoint = textOf(row.endpoint) || defaultEndpoint(localIp);
  if (id === "" || endpoint === "") return undefined;
  const registeredFrom = textOf(row.registeredFrom);
  const endpointAllow = arrayOf(parseStored(row.endpointAllow), textOf);
  return {
    registration: {
      id,
      hostname: textOf(row.hostname) ?? "",
      publicIp: knownOf(row.publicIp),
      localIp,
      place: placeOf(row),
      totalCores: amountOf(row.totalCores) ?? 0,
      totalMemoryGb: amountOf(row.totalMemoryGb) ?? 0,
      totalStorageGb: amountOf(row.totalStorageGb) ?? 0,
      totalGpus: amountOf(row.totalGpus) ?? 0,
      gpuModels: arrayOf(parseStored(row.gpuModels), textOf) ?? [],
      endpoint,
      endpoints: arrayOf(parseStored(row.endpoints), ruleOf) ?? [],
      ...(registeredFrom !== undefined && { registeredFrom }),
      ...(endpointAllow !== undefined && { endpointAllow }),
    },
    lastSeenMs: parseTimestamp(row.lastSeen) ?? 0,
  };
}

/** The Go server's rule: 0,0 in no known country is an unknown place, not the Gulf of Guinea. */
function placeOf(
  row: Readonly<Record<string, SQLOutputValue>>,
): Place | undefined {
  const { latitude, longitude } = row;
  const country = knownOf(row.country);
  if (!isWithin(latitude, 90) || !isWithin(longitude, 180)) return undefined;
  if (latitude === 0 && longitude === 0 && country === "") return undefined;
  return { latitude, longitude, country, city: knownOf(row.city) };
}

function isWithin(
  degrees: SQLOutputValue | undefined,
  limit: number,
): degrees is number {
  return typeof degrees === "number" && Math.abs(degrees) <= limit;
}

function knownOf(value: unknown): string {
  const text = textOf(value) ?? "";
  return text === "unknown" ? "" : text;
}

/** Where the documentation says a client listens that named no endpoint. */
function defaultEndpoint(localIp: string): string {
  if (localIp === "") return "";
  return `http://${localIp.includes(":") ? `[${localIp}]` : localIp}:11000`;
}

function ruleOf(value: unknown): EndpointRule | undefined {
  const fields = fieldsOf(value);
  const url = textOf(fields?.url);
  const paths = arrayOf(fields?.paths, textOf);
  return url === undefined || paths === undefined ? undefined : { url, paths };
}
