/** The socket that a service manager reads, path or abstract; over the C library, as the runtime has no such sockets. */
import { libcPaths } from "../../ffi/libc_symbols.ts";
import {
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
} from "../../ffi/socket_constants.ts";

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const POLL_MS = 10;
const PATIENCE_MS = 20_000;

/** Path of the C library here; undefined where there is none that is known. */
export const LIBC = libcPaths(Deno.build.os, Deno.build.arch).find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** Receives datagrams. */
export class NotifyReceiver implements Disposable {
  /** What a process finds in `NOTIFY_SOCKET`. */
  readonly address: string;
  /** Every datagram so far. */
  readonly said: string[] = [];
  readonly #library = Deno.dlopen(LIBC ?? "", SYMBOLS);
  readonly #fd: number;
  readonly #buffer = new Uint8Array(4096);

  /** Listens at a path, or at a name when it begins with an `@`. */
  constructor(address: string) {
    this.address = address;
    const c = this.#library.symbols;
    this.#fd = c.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const name = new TextEncoder().encode(address);
    if (address.startsWith("@")) name[0] = 0;
    const bytes = new Uint8Array([AF_UNIX, 0, ...name]);
    if (c.bind(this.#fd, bytes, bytes.length) !== 0) {
      throw new Error(`Cannot bind ${address}`);
    }
  }

  /** Takes what has come. */
  read(): readonly string[] {
    for (;;) {
      const length = this.#library.symbols
        .recv(this.#fd, this.#buffer, this.#buffer.length, 0);
      if (length < 0) return this.said;
      this.said.push(
        new TextDecoder().decode(this.#buffer.subarray(0, length)),
      );
    }
  }

  /** Settles when a datagram from the one at `from` on matches; where the next one would be. */
  async until(pattern: RegExp, from = 0): Promise<number> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const at = this.read().findIndex((text, index) =>
        index >= from && pattern.test(text)
      );
      if (at >= 0) return at + 1;
      if (performance.now() > deadline) {
        throw new Error(
          `Not told ${pattern}, but: ${JSON.stringify(this.said)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  [Symbol.dispose](): void {
    this.#library.symbols.close(this.#fd);
    this.#library.close();
  }
}
