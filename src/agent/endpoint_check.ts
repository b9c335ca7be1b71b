/** Whether anything listens where callers will be sent. Owns no state; bounded by one connection per endpoint for a second. */
import type { ClientConfig } from "../config/client_keys.ts";
import type { Logger } from "../ports.ts";
import { connect } from "./connect.ts";

/** Longest wait for one connection, milliseconds. */
const CONNECT_MS_MAX = 1000;
/** The port that the server assumes when a client names no endpoint. */
const DEFAULT_PORT = 11000;

/** The URLs that this client makes known, or the one that the server will derive from its address. */
export function endpointsOf(
  config: Pick<ClientConfig, "endpointUrl" | "endpoints">,
  localIp: string,
): readonly string[] {
  const urls = new Set(config.endpoints.map(({ url }) => url));
  if (config.endpointUrl !== "") urls.add(config.endpointUrl);
  if (urls.size > 0) return [...urls];
  const host = localIp.includes(":") ? `[${localIp}]` : localIp;
  return host === "" ? [] : [`http://${host}:${DEFAULT_PORT}`];
}

/** Says in one line at which endpoints nothing listens; nothing follows from it, since the service may start later. */
export async function checkEndpoints(
  urls: readonly string[],
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const silent = await Promise.all(
    urls.map(async (url) => await isListening(url, signal) ? [] : [url]),
  );
  const names = silent.flat().map((url) => `"${url}"`).join(", ");
  if (names === "" || signal.aborted) return;
  logger.warn(
    `Nothing listens at ${names}, where callers are sent: start the service, or set "endpoint_url" to where it is`,
  );
}

async function isListening(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    using _connection = await connect(url, CONNECT_MS_MAX, signal);
    return true;
  } catch {
    return false;
  }
}
