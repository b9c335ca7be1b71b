/**
 * One epoll instance, and the eventfd that ends its waits. Owner: the loop. What is watched is known by its descriptor
 * and a generation, so that an event of a batch can't reach a later socket that was given the same descriptor. At most
 * {@link EVENTS_MAX} events come at once.
 */
import {
  EPOLL_EVENT_WORDS,
  type Libc,
  type Words,
} from "../../../../ffi/libc.ts";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLIN,
} from "../../../../ffi/socket_constants.ts";

/** Events of a batch: few enough that whatever else runs in the isolate gets its turn soon. */
export const EVENTS_MAX = 64;

/** The generation of the eventfd and of a nested instance; all others are greater. */
const WAKE_GENERATION = 0;

/** Watches descriptors, level-triggered. */
export class Poller implements Disposable {
  readonly #libc: Libc;
  readonly #epoll: number;
  readonly #eventfd: number;
  readonly #events: Words = new Uint32Array(EVENTS_MAX * EPOLL_EVENT_WORDS);
  readonly #event: Words = new Uint32Array(EPOLL_EVENT_WORDS);
  #generation = WAKE_GENERATION;

  /**
   * Watches nothing yet; throws when the system has no descriptor left. What happens here wakes the `parent` too, which
   * is not told what it was.
   */
  constructor(libc: Libc, parent?: Poller) {
    this.#libc = libc;
    this.#epoll = libc.epollCreate();
    this.#eventfd = libc.eventfd();
    if (
      this.#epoll < 0 || this.#eventfd < 0 ||
      this.add(this.#eventfd, WAKE_GENERATION, EPOLLIN) !== 0 ||
      (parent?.add(this.#epoll, WAKE_GENERATION, EPOLLIN) ?? 0) !== 0
    ) {
      const errno = libc.errno();
      this[Symbol.dispose]();
      throw new Error(`Cannot make an epoll instance: errno ${errno}`);
    }
  }

  /** A generation for a descriptor that is about to be watched. */
  nextGeneration(): number {
    this.#generation = (this.#generation + 1) >>> 0;
    if (this.#generation === WAKE_GENERATION) this.#generation++;
    return this.#generation;
  }

  /** Begins to watch; 0 when it worked. */
  add(fd: number, generation: number, mask: number): number {
    return this.#control(EPOLL_CTL_ADD, fd, generation, mask);
  }

  /** Watches for something else. */
  modify(fd: number, generation: number, mask: number): number {
    return this.#control(EPOLL_CTL_MOD, fd, generation, mask);
  }

  /** Ends watching; closing a descriptor does so too. */
  remove(fd: number): number {
    return this.#control(EPOLL_CTL_DEL, fd, WAKE_GENERATION, 0);
  }

  /** Waits on this thread and returns how many events there are; a failure counts as none. */
  wait(timeoutMs: number): number {
    const count = this.#libc.epollWait(
      this.#epoll,
      this.#events,
      EVENTS_MAX,
      timeoutMs,
    );
    return count > 0 ? count : 0;
  }

  /** The same on another thread; nothing else of the events may be asked meanwhile. */
  async waitAside(timeoutMs: number): Promise<number> {
    const count = await this.#libc.epollWaitAside(
      this.#epoll,
      this.#events,
      EVENTS_MAX,
      timeoutMs,
    );
    return count > 0 ? count : 0;
  }

  /** What happened, as bits. */
  eventsAt(index: number): number {
    return this.#events[index * EPOLL_EVENT_WORDS] ?? 0;
  }

  /** To which descriptor; -1 when it was a wake-up, which is thereby done with. */
  fdAt(index: number): number {
    if (this.generationAt(index) !== WAKE_GENERATION) {
      return this.#events[(index + 1) * EPOLL_EVENT_WORDS - 2] ?? -1;
    }
    this.#libc.clearSignal(this.#eventfd);
    return -1;
  }

  /** And which of its generations. */
  generationAt(index: number): number {
    return this.#events[(index + 1) * EPOLL_EVENT_WORDS - 1] ?? 0;
  }

  /** Ends a wait aside. */
  wake(): void {
    this.#libc.signal(this.#eventfd);
  }

  /** Gives the descriptors back; no wait may be under way. */
  [Symbol.dispose](): void {
    if (this.#epoll >= 0) this.#libc.close(this.#epoll);
    if (this.#eventfd >= 0) this.#libc.close(this.#eventfd);
  }

  #control(
    operation: number,
    fd: number,
    generation: number,
    mask: number,
  ): number {
    const event = this.#event;
    event[0] = mask;
    event[EPOLL_EVENT_WORDS - 2] = fd;
    event[EPOLL_EVENT_WORDS - 1] = generation;
    return this.#libc.epollControl(this.#epoll, operation, fd, event);
  }
}
