/** `POST /register`: what a backend says of itself, read into the engine's {@link Registration}. */
import * as z from "zod";
import type { Registration } from "../engine/backend.ts";
import {
  CORES_MAX,
  GPUS_MAX,
  HOSTNAME_CHARS_MAX,
  MEMORY_GB_MAX,
  NAME_CHARS_MAX,
  STORAGE_GB_MAX,
} from "./bounds.ts";
import {
  address,
  amount,
  clientId,
  knownAddress,
  list,
  otherwise,
  text,
  wholeNumber,
} from "./fields.ts";
import { endpointOf, endpointRules, optionalEndpointUrl } from "./endpoint.ts";
import { PLACE_FIELDS, placeOf } from "./place.ts";
import {
  PRESENCE_FIELDS,
  presenceOf,
  type SaidPresence,
} from "./presence_body.ts";

/** A registration, and what its sender says of itself. */
export interface RegisterBody {
  /** What the backend is. */
  readonly registration: Registration;
  /** Who speaks for it. */
  readonly presence: SaidPresence;
}

/** A registration. Only `client_id` and one way to reach the backend must be there. */
export const registerBody = z.object({
  /** Who it is, the same after each start: 1 to 128 letters, digits, `.`, `_`, `:` or `-`. */
  client_id: clientId(),
  /** For people; empty when absent. */
  hostname: otherwise(text(HOSTNAME_CHARS_MAX), ""),
  /** Its address as the outside sees it; not known when absent, empty or `unknown`. */
  public_ip: address(),
  /** Its address on its own network, for the server to reach it; not known when absent, empty or `unknown`. */
  local_ip: address(),
  ...PLACE_FIELDS,
  /** Logical CPUs that work could get; 0 when absent. */
  total_cpu: otherwise(wholeNumber(CORES_MAX), 0),
  /** GB of 2^30 bytes; 0 when absent. Reports say what counts. */
  total_memory_gb: otherwise(amount(MEMORY_GB_MAX), 0),
  /** GB of 2^30 bytes on the disk that work is given; 0 when absent. Reports say what counts. */
  total_storage_gb: otherwise(amount(STORAGE_GB_MAX), 0),
  /** As many as `gpu_models` when absent. */
  total_gpus: otherwise(wholeNumber(GPUS_MAX), undefined),
  /** Model name of each GPU. */
  gpu_models: list(text(NAME_CHARS_MAX), GPUS_MAX),
  /** URL to which callers are sent; absent for one of `endpoints`, or for port 11000 of its address. */
  endpoint_url: optionalEndpointUrl,
  /** Several URLs of one machine, each with the request paths that go there. */
  endpoints: endpointRules,
  ...PRESENCE_FIELDS,
}).transform((body, context): RegisterBody => {
  const publicIp = knownAddress(body.public_ip);
  const localIp = knownAddress(body.local_ip);
  const endpoint = endpointOf({
    endpointUrl: body.endpoint_url,
    endpoints: body.endpoints,
    localIp,
    publicIp,
  });
  if (endpoint === undefined) {
    context.addIssue({
      code: "custom",
      path: ["endpoint_url"],
      message: "must be given when local_ip and public_ip are not known",
    });
  }
  const registration: Registration = {
    id: body.client_id,
    hostname: body.hostname,
    publicIp,
    localIp,
    place: placeOf(body),
    totalCores: body.total_cpu,
    totalMemoryGb: body.total_memory_gb,
    totalStorageGb: body.total_storage_gb,
    totalGpus: body.total_gpus ?? body.gpu_models.length,
    gpuModels: body.gpu_models,
    endpoint: endpoint ?? "",
    endpoints: body.endpoints,
  };
  return { registration, presence: presenceOf(body) };
});
