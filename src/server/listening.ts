/** Where the server listens, and with which certificate. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { ServerConfig } from "../config/server_keys.ts";
import type { Certificate, ListenAddress, Listening } from "../edge/driver.ts";
import type { Edge } from "../edge/edge.ts";
import { readNamedFile, UnusableFileError } from "./named_file.ts";

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

/** The address of the server's own listener, with its certificate when it has one. */
export async function listenAddress(
  config: ServerConfig,
): Promise<ListenAddress> {
  const { host, port, reusePort } = config;
  const hostname = await literalOf(host, port);
  const tls = await certificateOf(config);
  return { hostname, port, reusePort, ...(tls !== undefined && { tls }) };
}

/** The address of `admin_listen` (`127.0.0.1:9000`, `[::1]:9000`), under the same certificate; undefined for none. */
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

/** The certificate and its key, read from their files; undefined for a server without. */
export async function certificateOf(
  { tlsCertFile, tlsKeyFile }: ServerConfig,
): Promise<Certificate | undefined> {
  if (tlsCertFile === "") return undefined;
  // One after the other, so that of two missing files the same one is named each time.
  const cert = await readNamedFile("tls_cert_file", tlsCertFile);
  const key = await readNamedFile("tls_key_file", tlsKeyFile);
  return { cert, key };
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
    `Cannot use tls_cert_file and tls_key_file: ${reason}`,
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
