/** Where the server listens. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { ServerConfig } from "../config/server_keys.ts";
import type { ListenAddress, Listening, ServerTls } from "../edge/driver.ts";
import type { Edge } from "../edge/edge.ts";
import { UnusableFileError } from "./named_file.ts";

/** An address can't be listened on. */
export class CannotListenError extends Error {
  override readonly name = "CannotListenError";
  readonly address: ListenAddress;

  /** The address, and what the system said. */
  constructor(address: ListenAddress, cause: unknown) {
    super(`Cannot listen on ${address.hostname} port ${address.port}`, {
      cause,
    });
    this.address = address;
  }
}

/** The address of the server's own listener, with its certificates when it has some. */
export async function listenAddress(
  { host, port, reusePort }: ServerConfig,
  tls: ServerTls | undefined,
): Promise<ListenAddress> {
  const hostname = await literalOf(host, port);
  const address = { hostname, port, reusePort, isBehindProxies: true };
  return { ...address, ...(tls !== undefined && { tls }) };
}

/** The address of `admin_listen` (`127.0.0.1:9000`, `[::1]:9000`), under the same certificates; undefined for none. */
export async function adminAddress(
  { adminListen }: ServerConfig,
  { tls, reusePort = false }: ListenAddress,
): Promise<ListenAddress | undefined> {
  if (adminListen === "") return undefined;
  const colon = adminListen.lastIndexOf(":");
  const host = adminListen.slice(0, colon).replace(/^\[|\]$/g, "");
  const port = Number(adminListen.slice(colon + 1));
  const hostname = await literalOf(host, port);
  return { hostname, port, reusePort, ...(tls !== undefined && { tls }) };
}

/** Listens; an admin address answers the management paths alone. */
export function listenOn(
  edge: Edge,
  address: ListenAddress,
  isAdmin = false,
): Listening {
  try {
    return edge.listen(address, isAdmin);
  } catch (error) {
    const isOfTheSystem = Object.values(Deno.errors).some((kind) =>
      error instanceof kind
    );
    if (address.tls === undefined || isOfTheSystem) {
      throw new CannotListenError(address, error);
    }
    throw unusableCertificate(error);
  }
}

/** What the library says of a certificate, in the words of the configuration. */
export function unusableCertificate(error: unknown): UnusableFileError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UnusableFileError(
    `Cannot use the certificates of the server: ${reason}`,
    { cause: error },
  );
}

/** Sockets take addresses; a name stands for its first. */
async function literalOf(host: string, port: number): Promise<string> {
  if (isIP(host) !== 0 || host === "localhost") return host;
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new CannotListenError({ hostname: host, port }, error);
  }
}
