/** What a socket or a listener of the epoll driver asks of the loop that it lives in, and the other way round. */
import type { Bytes, Libc } from "../../../../ffi/libc.ts";
import type { SocketHandler } from "../../driver.ts";
import type { Interest } from "./interest.ts";
import type { Poller } from "./poller.ts";

/** The loop as seen from what it serves. */
export interface SocketHome {
  readonly libc: Libc;
  readonly poller: Poller;
  /** Watches what goes before others: unix sockets, behind which the API is. */
  readonly urgentPoller: Poller;
  /** Where all sockets receive; what is in it belongs to the one event that is being told. */
  readonly scratch: Bytes;
  /** Serves a descriptor from now on; the loop runs while there is one. */
  adopt(inhabitant: Inhabitant): void;
  /** Forgets one whose descriptor was closed. */
  release(inhabitant: Inhabitant): void;
  /** Has `settle` called in the next turn of the loop, never before this call returns. */
  defer(inhabitant: Inhabitant): void;
  /** Takes over the descriptor of a TCP connection that its machine closed, unless too many are closing already. */
  linger(interest: Interest): boolean;
}

/** What the loop serves: the owner of one descriptor. */
export interface Inhabitant {
  readonly fd: number;
  /** Tells it from others that had or will have the same descriptor. */
  readonly generation: number;
  /** Whether its events go before a batch of others. */
  readonly isUrgent: boolean;
  /** Whether its next event likely moves much, so that others go first in a crowd; absent where it never does. */
  readonly isHeavy?: boolean;
  /** Who is told when one of the calls below throws; nobody's fault but the socket's own when absent. */
  readonly victim?: SocketHandler | undefined;
  /** Takes in what epoll says. */
  handle(events: number, now: number): void;
  /** Tells what could not be told within a call. */
  settle(now: number): void;
  /** Closes the descriptor at once; a connection is reset. */
  abort(): void;
}
