/**
 * A TCP connection that its machine has closed, until the peer has ended it too. close(2) with bytes unread, or with
 * more on their way, resets the connection, and our last bytes may be lost with it (RFC 9112 section 9.6). So our
 * direction is ended, and what still comes is thrown away. Owner: the loop; bounded by {@link LINGER_BYTES_MAX} and
 * {@link LINGER_MS}.
 */
import { EPOLLIN, EPOLLRDHUP } from "../../../../ffi/socket_constants.ts";
import type { Interest } from "./interest.ts";
import { isPassing } from "./socket_errors.ts";
import type { Inhabitant, SocketHome } from "./socket_home.ts";

/** What is thrown away at most: an upload that goes on after its refusal is cut off. */
export const LINGER_BYTES_MAX = 1024 * 1024;

/** How long the peer has to read our last bytes and to end its direction. */
export const LINGER_MS = 2_000;

/** Connections that may linger at once: more of them would take descriptors from callers. */
export const LINGERING_MAX = 1_024;

/** One such connection. */
export class LingeringSocket implements Inhabitant {
  readonly fd: number;
  readonly generation: number;
  readonly isUrgent = false;
  readonly #home: SocketHome;
  #takenBytes = 0;
  #isClosed = false;

  /** Owns the descriptor, whose direction is ended already. */
  constructor(home: SocketHome, interest: Interest) {
    this.#home = home;
    this.fd = interest.fd;
    this.generation = interest.generation;
    interest.set(EPOLLIN | EPOLLRDHUP);
  }

  handle(): void {
    const { libc, scratch } = this.#home;
    const count = libc.recv(this.fd, scratch, scratch.length);
    if (count > 0) this.#takenBytes += count;
    const goesOn = count > 0
      ? this.#takenBytes <= LINGER_BYTES_MAX
      : count < 0 && isPassing(libc.errno());
    if (!goesOn) this.abort();
  }

  settle(): void {}

  /** Closes without a reset of our own making: bytes that were taken are still under way. */
  abort(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#home.libc.close(this.fd);
    this.#home.release(this);
  }
}
