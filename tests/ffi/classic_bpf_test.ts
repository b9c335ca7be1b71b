import assert from "node:assert/strict";
import { chooseSocket, dropNewConnections } from "../../ffi/classic_bpf.ts";
import type { Libc } from "../../ffi/libc.ts";
import {
  encodeInternetAddress,
  INTERNET_ADDRESS_BYTES_MAX,
} from "../../ffi/socket_address.ts";
import {
  AF_INET,
  EAGAIN,
  SO_ATTACH_FILTER,
  SO_ATTACH_REUSEPORT_CBPF,
  SO_DETACH_REUSEPORT_BPF,
  SO_REUSEPORT,
  SOL_SOCKET,
} from "../../ffi/socket_constants.ts";
import { HAS_LIBC, libcHere, listen } from "./loopback.ts";

const ignore = !HAS_LIBC;
const CONNECTIONS = 32;

Deno.test({
  name:
    "of sockets that share a port the chosen one gets every connection, until the choice is taken back",
  ignore,
  fn() {
    using libc = libcHere();
    const first = sharing(libc, 0);
    const second = sharing(libc, first.port);
    for (const index of [0, 1]) {
      const program = chooseSocket(index);
      const option = SO_ATTACH_REUSEPORT_CBPF;
      assert.equal(libc.setProgram(first.fd, option, program), 0);
      const counts = [first, second].map(() => 0);
      counts[index] = CONNECTIONS;
      assert.deepEqual(spread(libc, [first, second]), counts);
    }
    const taken = libc.setOption(
      second.fd,
      SOL_SOCKET,
      SO_DETACH_REUSEPORT_BPF,
      0,
    );
    assert.equal(taken, 0);
    assert.ok(spread(libc, [first, second]).every((count) => count > 0));
    libc.close(first.fd);
    assert.deepEqual(spread(libc, [second]), [CONNECTIONS]);
    libc.close(second.fd);
  },
});

Deno.test({
  name:
    "a listener that drops new connections still hands out those that stand, and those go on",
  ignore,
  fn() {
    using libc = libcHere();
    const { fd, address } = listen(libc);
    const waiting = libc.socket(AF_INET);
    libc.connect(waiting, address);
    const program = dropNewConnections();
    assert.equal(libc.setProgram(fd, SO_ATTACH_FILTER, program), 0);
    const late = libc.socket(AF_INET);
    libc.connect(late, address);
    const peer = new Uint8Array(INTERNET_ADDRESS_BYTES_MAX);
    const taken = libc.accept(fd, peer);
    assert.ok(taken >= 0);
    assert.equal(libc.accept(fd, peer), -1);
    assert.equal(libc.errno(), EAGAIN);
    assert.equal(libc.send(taken, new Uint8Array([7]), 0, 1), 1);
    const into = new Uint8Array(1);
    assert.equal(libc.recv(waiting, into, 1), 1);
    assert.equal(into[0], 7);
    for (const each of [fd, waiting, late, taken]) libc.close(each);
  },
});

Deno.test({
  name: "programs that are none, or on no socket, are refused",
  ignore,
  fn() {
    using libc = libcHere();
    const { fd } = listen(libc);
    const nonsense = new Uint8Array(8).fill(0xff);
    assert.equal(libc.setProgram(fd, SO_ATTACH_FILTER, nonsense), -1);
    assert.equal(libc.setProgram(-1, SO_ATTACH_FILTER, chooseSocket(1)), -1);
    for (const bytes of [0, 7, 8 * 4_097]) {
      const program = new Uint8Array(bytes);
      assert.throws(
        () => libc.setProgram(fd, SO_ATTACH_FILTER, program),
        RangeError,
      );
    }
    libc.close(fd);
  },
});

/** One of several listeners at a port. */
interface Sharing {
  readonly fd: number;
  readonly port: number;
}

function sharing(libc: Libc, port: number): Sharing {
  const fd = libc.socket(AF_INET);
  assert.equal(libc.setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1), 0);
  const address = encodeInternetAddress({ ip: "127.0.0.1", port });
  assert.equal(libc.bind(fd, address), 0);
  assert.equal(libc.listen(fd, 2 * CONNECTIONS), 0);
  const own = new Uint8Array(INTERNET_ADDRESS_BYTES_MAX);
  libc.socketName(fd, own);
  return { fd, port: own[2]! * 256 + own[3]! };
}

/** How many of some connections each listener gets. */
function spread(libc: Libc, listeners: readonly Sharing[]): number[] {
  const [{ port } = { port: 0 }] = listeners;
  const address = encodeInternetAddress({ ip: "127.0.0.1", port });
  const callers = Array.from({ length: CONNECTIONS }, () => {
    const fd = libc.socket(AF_INET);
    libc.connect(fd, address);
    return fd;
  });
  const peer = new Uint8Array(INTERNET_ADDRESS_BYTES_MAX);
  const counts = listeners.map(({ fd }) => {
    let count = 0;
    for (;;) {
      const taken = libc.accept(fd, peer);
      if (taken < 0) return count;
      libc.close(taken);
      count++;
    }
  });
  for (const fd of callers) libc.close(fd);
  return counts;
}
