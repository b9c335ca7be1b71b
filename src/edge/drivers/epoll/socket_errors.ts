/** What failures of socket calls mean for a connection. */
import type { Libc } from "../../../../ffi/libc.ts";
import {
  EAGAIN,
  ECONNREFUSED,
  EINTR,
  ENOBUFS,
  ENOENT,
  ENOMEM,
  SO_ERROR,
  SOL_SOCKET,
} from "../../../../ffi/socket_constants.ts";
import type { GoneReason } from "../../driver.ts";

/** Whether a call that failed with this may work later on the same connection. */
export function isPassing(errno: number): boolean {
  return errno === EAGAIN || errno === EINTR || errno === ENOBUFS ||
    errno === ENOMEM;
}

/** What an error says of an attempt to connect. Where a unix socket is not there yet, nobody listens. */
export function connectFailure(errno: number): GoneReason {
  return errno === ECONNREFUSED || errno === ENOENT ? "refused" : "unreachable";
}

/** Why an attempt to connect that was under way failed; the kernel tells it once. */
export function pendingConnectFailure(libc: Libc, fd: number): GoneReason {
  return connectFailure(libc.option(fd, SOL_SOCKET, SO_ERROR) ?? 0);
}
