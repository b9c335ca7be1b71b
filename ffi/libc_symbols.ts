/**
 * What is called of the C library, and where it lies. Lengths are u32 and results i32 although C says size_t and
 * ssize_t: nothing here passes 2 GiB, and wider integers come as bigint, at twice the price of a call.
 */

/** The functions, by the names under which {@link Deno.dlopen} offers them. */
export const LIBC_SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
  getsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "buffer"],
    result: "i32",
  },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  epoll_wait_aside: {
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
  memcpy: { parameters: ["buffer", "pointer", "u32"], result: "pointer" },
  // Addresses as numbers, for the one structure that holds a pointer: pointers themselves need unrestricted FFI.
  malloc: { parameters: ["usize"], result: "u64" },
  free: { parameters: ["u64"], result: "void" },
  memcpy_out: {
    name: "memcpy",
    parameters: ["u64", "buffer", "usize"],
    result: "u64",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Where the C library may lie, the likeliest first. Absolute: a bare name would be looked up in the working directory
 * when FFI is permitted by path, and the permission must spell the path alike. glibc goes before musl, which may be
 * installed beside it; empty for other systems.
 */
export function libcPaths(os: string, arch: string): readonly string[] {
  if (os !== "linux" || (arch !== "x86_64" && arch !== "aarch64")) return [];
  return [
    `/lib/${arch}-linux-gnu/libc.so.6`,
    "/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
    `/lib/libc.musl-${arch}.so.1`,
  ];
}
