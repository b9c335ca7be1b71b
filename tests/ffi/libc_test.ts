/** Every call, with its failures. */
import assert from "node:assert/strict";
import { EPOLL_EVENT_WORDS, openLibc } from "../../ffi/libc.ts";
import { libcPaths } from "../../ffi/libc_symbols.ts";
import {
  decodeInternetAddress,
  encodeUnixAddress,
  INTERNET_ADDRESS_BYTES_MAX,
} from "../../ffi/socket_address.ts";
import {
  AF_INET,
  AF_UNIX,
  EAGAIN,
  ECONNREFUSED,
  ENOENT,
  EPOLL_CTL_ADD,
  IPPROTO_TCP,
  SHUT_WR,
  SO_ERROR,
  SOL_SOCKET,
  TCP_NODELAY,
} from "../../ffi/socket_constants.ts";
import {
  connectAndAccept,
  HAS_LIBC,
  libcHere,
  listen,
  pair,
  retried,
} from "./loopback.ts";

const ignore = !HAS_LIBC;
const EBADF = 9;
const EPIPE = 32;
const ECONNRESET = 104;

function linuxTest(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

Deno.test("the C library is looked for by absolute paths, and only on the systems whose layouts are known", () => {
  for (const arch of ["x86_64", "aarch64"]) {
    const paths = libcPaths("linux", arch);
    assert.ok(paths.length > 0);
    assert.ok(paths.every((path) => path.startsWith("/")));
  }
  assert.deepEqual(libcPaths("linux", "riscv64"), []);
  assert.deepEqual(libcPaths("darwin", "aarch64"), []);
});

linuxTest("without a C library where it is looked for there is none", () => {
  assert.equal(openLibc([]), undefined);
  assert.equal(
    openLibc(["/nonexistent/libc.so.6", "/proc/version"]),
    undefined,
  );
});

linuxTest(
  "bytes go from one end to the other and the ends are told apart",
  () => {
    using libc = libcHere();
    const [client, server] = pair(libc);
    const bytes = new TextEncoder().encode("..hello..");
    assert.equal(libc.send(client, bytes, 2, 7), 5);
    const into = new Uint8Array(16);
    assert.equal(retried(libc, () => libc.recv(server, into, 3)), 3);
    assert.equal(libc.recv(server, into.subarray(3), 13), 2);
    assert.equal(new TextDecoder().decode(into.subarray(0, 5)), "hello");
    assert.equal(libc.recv(server, into, 16), -1);
    assert.equal(libc.errno(), EAGAIN);
    assert.equal(libc.shutdown(client, SHUT_WR), 0);
    assert.equal(retried(libc, () => libc.recv(server, into, 16)), 0);
    assert.equal(libc.close(client), 0);
    assert.equal(libc.close(server), 0);
  },
);

linuxTest("who connected is told, and where one listens", () => {
  using libc = libcHere();
  const listener = listen(libc);
  const [client, server] = connectAndAccept(
    libc,
    listener.fd,
    listener.address,
  );
  const name = new Uint8Array(INTERNET_ADDRESS_BYTES_MAX);
  assert.equal(libc.socketName(server, name), 0);
  assert.deepEqual(
    decodeInternetAddress(name),
    decodeInternetAddress(listener.address),
  );
  const peer = new Uint8Array(INTERNET_ADDRESS_BYTES_MAX);
  assert.equal(libc.accept(listener.fd, peer), -1);
  assert.equal(libc.errno(), EAGAIN);
  for (const fd of [client, server, listener.fd]) libc.close(fd);
});

linuxTest(
  "full buffers cut a send short, then refuse it, until the other end reads",
  () => {
    using libc = libcHere();
    const [client, server] = pair(libc);
    const much = new Uint8Array(8 * 1024 * 1024);
    const first = libc.send(client, much, 0, much.length);
    assert.ok(first > 0 && first < much.length);
    let sent = first;
    for (let more = 0; more >= 0;) {
      sent += more;
      more = libc.send(client, much, 0, much.length);
    }
    assert.equal(libc.errno(), EAGAIN);
    const into = new Uint8Array(65_536);
    let got = 0;
    while (got < sent) {
      got += retried(libc, () => libc.recv(server, into, into.length));
    }
    assert.equal(got, sent);
    assert.ok(retried(libc, () => libc.send(client, much, 0, 10)) === 10);
    libc.close(client);
    libc.close(server);
  },
);

linuxTest("sending to a peer that is gone is an error and no signal", () => {
  using libc = libcHere();
  const [client, server] = pair(libc);
  assert.equal(libc.resetOnClose(server), 0);
  libc.close(server);
  const byte = new Uint8Array(1);
  let result = 0;
  while (result >= 0) result = libc.send(client, byte, 0, 1);
  assert.ok([ECONNRESET, EPIPE].includes(libc.errno()));
  assert.equal(libc.send(client, byte, 0, 1), -1);
  assert.equal(libc.errno(), EPIPE);
  libc.close(client);
});

linuxTest(
  "connecting where nobody listens is refused, told once by SO_ERROR",
  () => {
    using libc = libcHere();
    const { fd, address } = listen(libc);
    libc.close(fd);
    const client = libc.socket(AF_INET);
    assert.equal(libc.connect(client, address), -1);
    const told = libc.errno() === ECONNREFUSED
      ? ECONNREFUSED
      : libc.option(client, SOL_SOCKET, SO_ERROR);
    assert.equal(told, ECONNREFUSED);
    assert.equal(libc.option(client, SOL_SOCKET, SO_ERROR), 0);
    libc.close(client);
    const unix = libc.socket(AF_UNIX);
    assert.equal(libc.connect(unix, encodeUnixAddress("/nonexistent/s")), -1);
    assert.equal(libc.errno(), ENOENT);
    libc.close(unix);
  },
);

linuxTest("options are set and read back", () => {
  using libc = libcHere();
  const fd = libc.socket(AF_INET);
  assert.equal(libc.option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
  assert.equal(libc.setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1), 0);
  assert.equal(libc.option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
  libc.close(fd);
  assert.equal(libc.option(fd, IPPROTO_TCP, TCP_NODELAY), undefined);
  assert.equal(libc.setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1), -1);
});

linuxTest("every call on a descriptor that is none fails with EBADF", () => {
  using libc = libcHere();
  const bytes = new Uint8Array(INTERNET_ADDRESS_BYTES_MAX);
  const words = new Uint32Array(EPOLL_EVENT_WORDS);
  for (
    const call of [
      () => libc.bind(-1, bytes),
      () => libc.listen(-1, 1),
      () => libc.accept(-1, bytes),
      () => libc.connect(-1, bytes),
      () => libc.recv(-1, bytes, 1),
      () => libc.send(-1, bytes, 0, 1),
      () => libc.shutdown(-1, SHUT_WR),
      () => libc.close(-1),
      () => libc.resetOnClose(-1),
      () => libc.socketName(-1, bytes),
      () => libc.epollControl(-1, EPOLL_CTL_ADD, 0, words),
      () => libc.epollWait(-1, words, 1, 0),
      () => libc.signal(-1),
      () => libc.clearSignal(-1),
    ]
  ) {
    assert.equal(call(), -1, String(call));
    assert.equal(libc.errno(), EBADF, String(call));
  }
});

linuxTest("ranges outside of their arrays never reach the kernel", () => {
  using libc = libcHere();
  const [client, server] = pair(libc);
  const bytes = new Uint8Array(8);
  const words = new Uint32Array(EPOLL_EVENT_WORDS);
  for (
    const call of [
      () => libc.recv(server, bytes, 9),
      () => libc.recv(server, bytes, -1),
      () => libc.send(client, bytes, 0, 9),
      () => libc.send(client, bytes, -1, 4),
      () => libc.send(client, bytes, 5, 4),
      () => libc.send(client, bytes, 0.5, 4),
      () => libc.send(client, bytes, 0, NaN),
      () => libc.epollControl(0, EPOLL_CTL_ADD, 0, words.subarray(1)),
      () => libc.epollWait(0, words, 2, 0),
      () => libc.epollWaitAside(0, words, 2, 0),
    ]
  ) assert.throws(call, RangeError, String(call));
  assert.equal(libc.recv(server, bytes, 8), -1);
  libc.close(client);
  libc.close(server);
});
