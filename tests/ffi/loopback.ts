/** Sockets on loopback for the tests of the C library's calls. */
import assert from "node:assert/strict";
import { type Libc, openLibc } from "../../ffi/libc.ts";
import {
  decodeInternetAddress,
  encodeInternetAddress,
  INTERNET_ADDRESS_BYTES_MAX,
} from "../../ffi/socket_address.ts";
import {
  AF_INET,
  EAGAIN,
  SO_ERROR,
  SOL_SOCKET,
} from "../../ffi/socket_constants.ts";

/** The C library of this machine. */
export function libcHere(): Libc {
  const libc = openLibc();
  assert.ok(libc !== undefined, "no C library was found");
  return libc;
}

/** Whether this machine has what the calls are made for. */
export const HAS_LIBC: boolean = Deno.build.os === "linux";

/** Listens on a free port and says at which address. */
export function listen(
  libc: Libc,
): { readonly fd: number; readonly address: Uint8Array<ArrayBuffer> } {
  const fd = libc.socket(AF_INET);
  assert.ok(fd >= 0);
  const any = encodeInternetAddress({ ip: "127.0.0.1", port: 0 });
  assert.equal(libc.bind(fd, any), 0);
  assert.equal(libc.listen(fd, 16), 0);
  const own = new Uint8Array(INTERNET_ADDRESS_BYTES_MAX);
  assert.equal(libc.socketName(fd, own), 0);
  const name = decodeInternetAddress(own);
  assert.ok(name !== undefined && name.port > 0);
  return { fd, address: encodeInternetAddress(name) };
}

/** Two connected sockets: the one that connected, then the one that was accepted. */
export function pair(libc: Libc): readonly [number, number] {
  const listener = listen(libc);
  try {
    return connectAndAccept(libc, listener.fd, listener.address);
  } finally {
    libc.close(listener.fd);
  }
}

/** Connects to a listener and accepts; on loopback both are done at once. */
export function connectAndAccept(
  libc: Libc,
  listener: number,
  address: Uint8Array<ArrayBuffer>,
): readonly [number, number] {
  const client = libc.socket(AF_INET);
  libc.connect(client, address);
  const peer = new Uint8Array(INTERNET_ADDRESS_BYTES_MAX);
  const server = retried(libc, () => libc.accept(listener, peer));
  assert.equal(libc.option(client, SOL_SOCKET, SO_ERROR), 0);
  return [client, server];
}

/** Makes a call until it no longer says "later". */
export function retried(libc: Libc, call: () => number): number {
  for (let attempt = 0; attempt < 1_000_000; attempt++) {
    const result = call();
    if (result >= 0) return result;
    assert.equal(libc.errno(), EAGAIN);
  }
  throw new Error("The call went on to say later");
}

/** How many descriptors this process has. */
export function descriptorCount(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
