/**
 * A stream socket on epoll. Owner: the machine that holds it; the loop tells it what happened.
 *
 * What epoll watches follows lazily: a bit that is wanted is added at once, one that no longer is goes when an event
 * comes for it. So a machine that pauses and resumes within one exchange costs no system call. Nothing depends on
 * errno but how soon a failure is noticed: whatever it says, a dead socket shows ERR or HUP, and those always come.
 */
import {
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  SHUT_WR,
} from "../../../../ffi/socket_constants.ts";
import type { GoneReason, Socket, SocketHandler } from "../../driver.ts";
import { DEAF, UNATTENDED } from "./deaf_handler.ts";
import { Interest } from "./interest.ts";
import { isPassing, pendingConnectFailure } from "./socket_errors.ts";
import type { Inhabitant, SocketHome } from "./socket_home.ts";

/** What a socket begins with. */
export interface SocketStart {
  readonly fd: number;
  /** TCP, as opposed to a unix socket. */
  readonly isTcp: boolean;
  /** Whether it is still to be connected. */
  readonly isConnecting: boolean;
}

const READING = EPOLLIN | EPOLLRDHUP;
const DEAD = EPOLLERR | EPOLLHUP;

// What a socket is, as numbers because it is asked at every event.
const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** One socket. */
export class EpollSocket implements Socket, Inhabitant {
  readonly fd: number;
  readonly generation: number;
  /** The control plane is reached by unix sockets, and would else wait behind whole batches of proxied bytes. */
  readonly isUrgent: boolean;
  /** The last handler, also when it must be told nothing else any more. */
  victim: SocketHandler;
  readonly #home: SocketHome;
  readonly #isTcp: boolean;
  readonly #interest: Interest;
  #handler: SocketHandler;
  #state: number;
  #isPaused = false;
  #isWatching = false;
  #hangUpTold = false;
  /** The peer ended its direction and all its bytes were told. */
  #isEnded = false;
  /** We ended ours. */
  #isFinished = false;
  /** A write was cut short. */
  #wantsRoom = false;
  /** The last read took as much as one may. */
  #wasFull = false;
  /** Sending failed for good. */
  #isBroken = false;
  #outcome: "none" | "connected" | GoneReason = "none";
  #attempt: Disposable | undefined;

  /** Owns the descriptor. An accepted socket is told nothing before `attend`. */
  constructor(home: SocketHome, start: SocketStart, handler?: SocketHandler) {
    this.#home = home;
    this.fd = start.fd;
    this.generation = home.poller.nextGeneration();
    this.isUrgent = !start.isTcp;
    this.#isTcp = start.isTcp;
    const poller = this.isUrgent ? home.urgentPoller : home.poller;
    this.#interest = new Interest(poller, this.fd, this.generation);
    this.#state = start.isConnecting ? CONNECTING : OPEN;
    this.victim = this.#handler = handler ?? UNATTENDED;
    home.adopt(this);
  }

  /** Whether its descriptor is no longer this socket's. */
  get isClosed(): boolean {
    return this.#state === CLOSED;
  }

  get isHeavy(): boolean {
    return (this.#wasFull || this.#wantsRoom) && !this.isUrgent;
  }

  write(bytes: Uint8Array, start: number, end: number): number {
    const offered = end - start;
    if (this.#state === CONNECTING) {
      this.#wantsRoom = true;
      return 0;
    }
    if (
      this.#state === CLOSED || this.#isFinished || this.#isBroken ||
      offered === 0
    ) return offered;
    if (this.#wantsRoom) return 0;
    const { libc } = this.#home;
    const sent = libc.send(this.fd, bytes, start, end);
    if (sent === offered) return sent;
    if (sent < 0 && !isPassing(libc.errno())) {
      this.#break();
      return offered;
    }
    this.#wantsRoom = true;
    this.#watch();
    return sent > 0 ? sent : 0;
  }

  pause(watch: boolean): void {
    if (!this.#isPaused) this.#hangUpTold = false;
    this.#isPaused = true;
    this.#isWatching = watch;
    if (watch) this.#watch();
  }

  resume(): void {
    this.#isPaused = false;
    this.#isWatching = false;
    this.#watch();
  }

  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#wantsRoom = false;
    if (this.#state === OPEN) this.#home.libc.shutdown(this.fd, SHUT_WR);
  }

  close(): void {
    if (this.#state === CLOSED) return;
    const peerMaySend = this.#state === OPEN && this.#isTcp &&
      !this.#isEnded && !this.#isBroken;
    if (!peerMaySend) return this.#destroy();
    this.finish();
    if (!this.#home.linger(this.#interest)) return this.#destroy();
    this.#state = CLOSED;
    this.#handler = DEAF;
  }

  abort(): void {
    if (this.#state === CLOSED) return;
    if (this.#isTcp) this.#home.libc.resetOnClose(this.fd);
    this.#destroy();
  }

  /** Says whom to tell of an accepted connection. */
  attend(handler: SocketHandler): void {
    if (this.#state === CLOSED) return;
    this.victim = this.#handler = handler;
    this.#watch();
  }

  /** Has epoll tell how an attempt that is under way ends. */
  awaitConnection(): void {
    this.#setMask(EPOLLOUT);
  }

  /** Disposes of what goes on trying to connect when the socket is closed. */
  attempt(attempt: Disposable): void {
    this.#attempt = attempt;
  }

  /** Says how an attempt ended; it is told in the next turn. */
  conclude(outcome: "connected" | GoneReason): void {
    this.#outcome = outcome;
    this.#home.defer(this);
  }

  settle(now: number): void {
    const outcome = this.#outcome;
    // What the peer said before it was gone is told first.
    if (this.#state === OPEN && this.#isBroken) this.handle(DEAD, now);
    if (this.#state !== CONNECTING || outcome === "none") return;
    if (outcome === "connected") this.#connected(now);
    else this.#gone(outcome, now);
  }

  handle(events: number, now: number): void {
    if (this.#state !== OPEN) return this.#handleAttempt(events, now);
    if (this.#wantsRoom && (events & (EPOLLOUT | EPOLLERR)) === EPOLLOUT) {
      this.#wantsRoom = false;
      this.#handler.onWritable(now);
    }
    if ((events & (READING | DEAD)) !== 0) this.#handleInput(events, now);
    if (this.#isClosedNow()) return;
    const wanted = this.#wanted();
    if ((events & EPOLLHUP) !== 0 && (wanted & EPOLLIN) === 0) {
      // Both directions ended and HUP would come for ever; what is unread stays until `resume`.
      this.#interest.drop();
    } else if ((events & this.#interest.mask & ~wanted) !== 0) {
      this.#setMask(wanted);
    }
  }

  #handleAttempt(events: number, now: number): void {
    if (this.#state !== CONNECTING) return;
    if ((events & DEAD) === 0) this.#connected(now);
    else this.#gone(pendingConnectFailure(this.#home.libc, this.fd), now);
  }

  #connected(now: number): void {
    this.#state = OPEN;
    if (this.#isFinished) this.#home.libc.shutdown(this.fd, SHUT_WR);
    this.#handler.onConnected(now);
    if (!this.#isClosedNow()) this.#setMask(this.#wanted());
  }

  #handleInput(events: number, now: number): void {
    if (this.#isClosedNow()) return;
    if (!this.#isPaused && !this.#isEnded) return this.#read(events, now);
    if (this.#isDead(events)) return this.#gone("reset", now);
    if (
      this.#isPaused && this.#isWatching && !this.#hangUpTold &&
      !this.#isEnded && (events & (EPOLLRDHUP | EPOLLHUP)) !== 0
    ) {
      this.#hangUpTold = true;
      this.#handler.onHangUp(now);
    }
  }

  #read(events: number, now: number): void {
    const { libc, scratch } = this.#home;
    const count = libc.recv(this.fd, scratch, scratch.length);
    this.#wasFull = count === scratch.length;
    if (count > 0) {
      this.#handler.onBytes(scratch, 0, count, now);
      if (this.#isBroken) this.#home.defer(this);
    } else if (count === 0 && !this.#isBroken && !this.#isCut(events)) {
      this.#isEnded = true;
      this.#handler.onEnd(now);
    } else if (
      count === 0 || this.#isDead(events) || !isPassing(libc.errno())
    ) {
      this.#gone("reset", now);
    }
  }

  #isDead(events: number): boolean {
    return (events & EPOLLERR) !== 0 || this.#isBroken || this.#isCut(events);
  }

  /**
   * HUP on TCP says that both directions ended. If we did not end ours, a reset did; its error went to a send, and
   * recv(2) now says 0 as if the peer had said all it had to say.
   */
  #isCut(events: number): boolean {
    return (events & DEAD) === EPOLLHUP && this.#isTcp && !this.#isFinished;
  }

  #gone(reason: GoneReason, now: number): void {
    const handler = this.#handler;
    this.#destroy();
    handler.onGone(reason, now);
  }

  #destroy(): void {
    this.#state = CLOSED;
    this.#handler = DEAF;
    this.#attempt?.[Symbol.dispose]();
    this.#home.libc.close(this.fd);
    this.#home.release(this);
  }

  /** A handler may have closed the socket meanwhile. */
  #isClosedNow(): boolean {
    return this.#state === CLOSED;
  }

  #wanted(): number {
    const room = this.#wantsRoom ? EPOLLOUT : 0;
    if (this.#isEnded) return room;
    if (!this.#isPaused) return room | READING;
    return this.#isWatching && !this.#hangUpTold ? room | EPOLLRDHUP : room;
  }

  /** Sees to it that at least what is wanted is watched. */
  #watch(): void {
    if (this.#state !== OPEN || this.#handler === UNATTENDED) return;
    const wanted = this.#wanted();
    if (!this.#interest.covers(wanted)) this.#setMask(wanted);
  }

  #setMask(mask: number): void {
    if (!this.#interest.set(mask)) this.#break();
  }

  #break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#wantsRoom = false;
    this.#outcome = "unreachable";
    this.#home.defer(this);
  }
}
