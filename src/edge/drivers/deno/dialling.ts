/**
 * Connecting without encryption, and what its failures are called. Owner of nothing: a connection is its receiver's.
 */
import type { ConnectAddress, GoneReason } from "../../driver.ts";
import { closeQuietly, type Dialled } from "./transport.ts";

/** An address that needs no handshake. */
export type PlainAddress = Exclude<ConnectAddress, { readonly kind: "tls" }>;

/** Connects to an address. */
export async function dialPlain(
  address: PlainAddress,
  signal: AbortSignal,
): Promise<Dialled> {
  try {
    switch (address.kind) {
      case "tcp":
        return {
          kind: "connected",
          transport: await connectTcp(address.ip, address.port, signal),
        };
      case "unix":
        return {
          kind: "connected",
          transport: await Deno.connect({
            transport: "unix",
            path: address.path,
          }),
        };
    }
  } catch (error) {
    return { kind: "failed", reason: reasonOf(error) };
  }
}

/** Connects over TCP; small writes leave at once. */
export async function connectTcp(
  ip: string,
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: ip, port, signal });
  try {
    connection.setNoDelay(true);
    return connection;
  } catch (error) {
    closeQuietly(connection);
    throw error;
  }
}

/** Nobody listens, or everything else. */
export function reasonOf(error: unknown): GoneReason {
  return error instanceof Deno.errors.ConnectionRefused ||
      error instanceof Deno.errors.NotFound
    ? "refused"
    : "unreachable";
}
