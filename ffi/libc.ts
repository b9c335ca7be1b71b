/**
 * The C library's sockets and epoll, and the only file that loads a library for them. FFI checks no lengths, so each
 * call here does, before it is made. As in C, -1 stands for a failure and {@link Libc.errno} tells more.
 *
 * Nothing is allocated by a call, but for a view when the bytes to send don't begin their array.
 */
import { LIBC_SYMBOLS, libcPaths } from "./libc_symbols.ts";
import { BPF_INSTRUCTION_BYTES, BPF_INSTRUCTIONS_MAX } from "./classic_bpf.ts";
import {
  MSG_NOSIGNAL,
  RLIMIT_NOFILE,
  SO_LINGER,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "./socket_constants.ts";

/** Opens the first C library that is there and permitted; undefined when there is none. Never asks for permission. */
export function openLibc(
  paths: readonly string[] = libcPaths(Deno.build.os, Deno.build.arch),
): Libc | undefined {
  for (const path of paths) {
    const { state } = Deno.permissions.querySync({ name: "ffi", path });
    if (state !== "granted") continue;
    try {
      return new Libc(Deno.dlopen(path, LIBC_SYMBOLS));
    } catch {
      // It is not there, is no library for this machine, or lacks a symbol: the next path may do.
    }
  }
  return undefined;
}

/** Bytes outside of shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Words outside of shared memory. */
export type Words = Uint32Array<ArrayBuffer>;

/** 32-bit words of one epoll_event: it is packed on x86-64 alone. Events lie in the first, the data in the last two. */
export const EPOLL_EVENT_WORDS: number = Deno.build.arch === "x86_64" ? 3 : 4;

/** The limits of open files. */
export interface FileLimit {
  /** What holds now. */
  readonly soft: bigint;
  /** How far it may be raised. */
  readonly hard: bigint;
}

type Library = Deno.DynamicLibrary<typeof LIBC_SYMBOLS>;

/** The calls. Descriptors that they make don't block and are closed on exec. */
export class Libc implements Disposable {
  readonly #library: Library;
  readonly #c: Library["symbols"];
  // Buffers for the small arguments of one call; a call that waits aside uses none of them.
  readonly #word = new Int32Array(1);
  readonly #length = new Uint32Array(1);
  readonly #lingerValue = new Int32Array(2);
  readonly #count = new BigUint64Array(1);
  readonly #program = new BigUint64Array(2);
  readonly #limits = new BigUint64Array(2);

  /** Owns the library. */
  constructor(library: Library) {
    this.#library = library;
    this.#c = library.symbols;
  }

  /** What the last failed call of this thread left behind; for logs and for telling "later" from "never". */
  errno(): number {
    const location = this.#c.__errno_location();
    this.#c.memcpy(this.#word, location, 4);
    return this.#word[0] ?? 0;
  }

  /** A stream socket. */
  socket(family: number): number {
    return this.#c.socket(
      family,
      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
      0,
    );
  }

  bind(fd: number, address: Bytes): number {
    return this.#c.bind(fd, address, address.length);
  }

  listen(fd: number, backlog: number): number {
    return this.#c.listen(fd, backlog);
  }

  /** Takes a connection; the peer's address is written to `address`, cut off where that is too short. */
  accept(fd: number, address: Bytes): number {
    this.#length[0] = address.length;
    return this.#c.accept4(
      fd,
      address,
      this.#length,
      SOCK_NONBLOCK | SOCK_CLOEXEC,
    );
  }

  connect(fd: number, address: Bytes): number {
    return this.#c.connect(fd, address, address.length);
  }

  /** Receives at most `length` bytes into the start of `into`. */
  recv(fd: number, into: Bytes, length: number): number {
    refuseRange(0, length, into.length);
    return this.#c.recv(fd, into, length, 0);
  }

  /** Sends bytes[start, end). */
  send(fd: number, bytes: Uint8Array, start: number, end: number): number {
    refuseRange(start, end, bytes.length);
    const view = start === 0 ? bytes : bytes.subarray(start, end);
    return this.#c.send(fd, view as Bytes, end - start, MSG_NOSIGNAL);
  }

  shutdown(fd: number, how: number): number {
    return this.#c.shutdown(fd, how);
  }

  close(fd: number): number {
    return this.#c.close(fd);
  }

  /** Sets an option that is an int. */
  setOption(fd: number, level: number, name: number, value: number): number {
    this.#word[0] = value;
    return this.#c.setsockopt(fd, level, name, this.#word, 4);
  }

  /**
   * Sets an option that is a classic BPF program, `instructions` as the kernel lays them out (8 bytes each, see
   * `classic_bpf.ts`). The kernel copies the program during the call, so it is freed right after.
   */
  setProgram(fd: number, name: number, instructions: Bytes): number {
    const count = instructions.length / BPF_INSTRUCTION_BYTES;
    refuseRange(1, count, BPF_INSTRUCTIONS_MAX);
    const length = BigInt(instructions.length);
    const address = BigInt(this.#c.malloc(length));
    if (address === 0n) return -1;
    try {
      this.#c.memcpy_out(address, instructions, length);
      // sock_fprog: a u16, padding, a pointer. The systems this runs on are 64-bit and little-endian.
      this.#program[0] = BigInt(count);
      this.#program[1] = address;
      return this.#c.setsockopt(fd, SOL_SOCKET, name, this.#program, 16);
    } finally {
      this.#c.free(address);
    }
  }

  /** Reads an option that is an int; undefined when that fails. */
  option(fd: number, level: number, name: number): number | undefined {
    this.#length[0] = 4;
    const result = this.#c.getsockopt(
      fd,
      level,
      name,
      this.#word,
      this.#length,
    );
    return result === 0 ? this.#word[0] : undefined;
  }

  /** Has close(2) discard what was not sent and reset the connection. */
  resetOnClose(fd: number): number {
    this.#lingerValue[0] = 1;
    this.#lingerValue[1] = 0;
    return this.#c.setsockopt(fd, SOL_SOCKET, SO_LINGER, this.#lingerValue, 8);
  }

  /** Writes the socket's own address to `address`, cut off where that is too short. */
  socketName(fd: number, address: Bytes): number {
    this.#length[0] = address.length;
    return this.#c.getsockname(fd, address, this.#length);
  }

  epollCreate(): number {
    // EPOLL_CLOEXEC is the same bit as SOCK_CLOEXEC.
    return this.#c.epoll_create1(SOCK_CLOEXEC);
  }

  /** Changes what is watched; `event` is one epoll_event. */
  epollControl(
    epoll: number,
    operation: number,
    fd: number,
    event: Words,
  ): number {
    refuseRange(0, EPOLL_EVENT_WORDS, event.length);
    return this.#c.epoll_ctl(epoll, operation, fd, event);
  }

  /** Waits on this thread for at most `count` events. */
  epollWait(
    epoll: number,
    events: Words,
    count: number,
    timeoutMs: number,
  ): number {
    refuseRange(0, count * EPOLL_EVENT_WORDS, events.length);
    return this.#c.epoll_wait(epoll, events, count, timeoutMs);
  }

  /** Waits on another thread; nobody may touch `events` until the promise settles. */
  epollWaitAside(
    epoll: number,
    events: Words,
    count: number,
    timeoutMs: number,
  ): Promise<number> {
    refuseRange(0, count * EPOLL_EVENT_WORDS, events.length);
    return this.#c.epoll_wait_aside(epoll, events, count, timeoutMs);
  }

  eventfd(): number {
    // EFD_CLOEXEC and EFD_NONBLOCK are the same bits as those of a socket.
    return this.#c.eventfd(0, SOCK_NONBLOCK | SOCK_CLOEXEC);
  }

  /** Makes an eventfd readable. */
  signal(eventfd: number): number {
    this.#count[0] = 1n;
    return this.#c.write(eventfd, this.#count, 8);
  }

  /** Takes what was signalled since; -1 when nothing was. */
  clearSignal(eventfd: number): number {
    return this.#c.read(eventfd, this.#count, 8);
  }

  /** How many files may be open; undefined when the system does not say. */
  fileLimit(): FileLimit | undefined {
    if (this.#c.getrlimit(RLIMIT_NOFILE, this.#limits) !== 0) return undefined;
    return { soft: this.#limits[0] ?? 0n, hard: this.#limits[1] ?? 0n };
  }

  setFileLimit({ soft, hard }: FileLimit): number {
    this.#limits[0] = soft;
    this.#limits[1] = hard;
    return this.#c.setrlimit(RLIMIT_NOFILE, this.#limits);
  }

  /** Gives the library back; no call may be made or be under way. */
  [Symbol.dispose](): void {
    this.#library.close();
  }
}

function refuseRange(start: number, end: number, length: number): void {
  if (
    !(Number.isInteger(start) && Number.isInteger(end) && start >= 0 &&
      start <= end && end <= length)
  ) {
    throw new RangeError(
      `Expected a range within ${length}, found ${start} to ${end}`,
    );
  }
}
