/**
 * Datagrams to a unix socket, which the runtime can send only with unstable features: what sd_notify(3) is made of. And
 * the clock that systemd compares them by. A datagram is sent without waiting; one that can't be sent is lost.
 */
import { libcPaths } from "./libc_symbols.ts";
import { encodeUnixAddress } from "./socket_address.ts";
import {
  AF_UNIX,
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
} from "./socket_constants.ts";

/** CLOCK_MONOTONIC of clock_gettime(2). */
const CLOCK_MONOTONIC = 1;

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  sendto: {
    parameters: ["i32", "buffer", "u32", "i32", "buffer", "u32"],
    result: "i32",
  },
  close: { parameters: ["i32"], result: "i32" },
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * A way to the socket at `address`, a path or, after an `@`, an abstract name; undefined where there is no C library or
 * it may not be used. Throws a TypeError for an address that no socket has. Never asks for permission.
 */
export function openNotifySocket(
  address: string,
  paths: readonly string[] = libcPaths(Deno.build.os, Deno.build.arch),
): NotifySocket | undefined {
  const peer = addressOf(address);
  for (const path of paths) {
    const { state } = Deno.permissions.querySync({ name: "ffi", path });
    if (state !== "granted") continue;
    try {
      return new NotifySocket(Deno.dlopen(path, SYMBOLS), peer);
    } catch {
      // It is not there or is no library for this machine: the next path may do.
    }
  }
  return undefined;
}

/** Sends datagrams to one address. */
export class NotifySocket implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof SYMBOLS>;
  readonly #peer: Uint8Array<ArrayBuffer>;
  readonly #fd: number;
  readonly #time = new BigInt64Array(2);

  /** Owns the library. */
  constructor(
    library: Deno.DynamicLibrary<typeof SYMBOLS>,
    peer: Uint8Array<ArrayBuffer>,
  ) {
    this.#library = library;
    this.#peer = peer;
    this.#fd = library.symbols.socket(
      AF_UNIX,
      SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
      0,
    );
  }

  /** Whether the datagram left. */
  send(text: string): boolean {
    const bytes = new TextEncoder().encode(text);
    const sent = this.#library.symbols.sendto(
      this.#fd,
      bytes,
      bytes.length,
      MSG_NOSIGNAL,
      this.#peer,
      this.#peer.length,
    );
    return sent === bytes.length;
  }

  /** Microseconds on the clock that all processes of the machine share. */
  monotonicUs(): bigint {
    this.#library.symbols.clock_gettime(CLOCK_MONOTONIC, this.#time);
    const [seconds = 0n, nanoseconds = 0n] = this.#time;
    return seconds * 1_000_000n + nanoseconds / 1000n;
  }

  /** Nothing can be sent any more. */
  [Symbol.dispose](): void {
    if (this.#fd >= 0) this.#library.symbols.close(this.#fd);
    this.#library.close();
  }
}

/** A name in the abstract namespace begins with a zero and ends where the address does (unix(7)). */
function addressOf(address: string): Uint8Array<ArrayBuffer> {
  if (!address.startsWith("@")) return encodeUnixAddress(address);
  const bytes = encodeUnixAddress(address);
  bytes[2] = 0;
  return bytes.subarray(0, bytes.length - 1);
}
