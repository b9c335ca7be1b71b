/**
 * What a stream socket stands on: a connection of the runtime, plain or encrypted. Owner of nothing; whoever holds a
 * transport closes it.
 */
import type { GoneReason } from "../../driver.ts";

/** One connection. A buffer that was handed in belongs to the call until it settles. */
export interface Transport {
  /** Reads some bytes; null when the peer ended its direction. Rejects when the connection failed or was closed. */
  read(buffer: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Ends our direction. */
  closeWrite(): Promise<void>;
  /** Ends both directions now; calls that are out reject. */
  close(): void;
}

/** How an attempt to connect ended. */
export type Dialled =
  | { readonly kind: "connected"; readonly transport: Transport }
  | { readonly kind: "failed"; readonly reason: GoneReason };

/** Tries to connect; gives up when the signal aborts. */
export type Dial = (signal: AbortSignal) => Promise<Dialled>;

/** Closes what may be closed already. */
export function closeQuietly(closable: { close(): void }): void {
  try {
    closable.close();
  } catch {
    // The runtime closed it first.
  }
}
