/** Waiting for events, and the limits of descriptors. */
import assert from "node:assert/strict";
import { EPOLL_EVENT_WORDS } from "../../ffi/libc.ts";
import {
  AF_INET,
  EAGAIN,
  EMFILE,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  SHUT_WR,
} from "../../ffi/socket_constants.ts";
import {
  connectAndAccept,
  descriptorCount,
  HAS_LIBC,
  libcHere,
  listen,
  pair,
} from "./loopback.ts";

const ignore = !HAS_LIBC;

function linuxTest(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

linuxTest(
  "epoll tells of what is watched, with the data it was given, here and aside",
  async () => {
    using libc = libcHere();
    const [client, server] = pair(libc);
    const epoll = libc.epollCreate();
    const event = new Uint32Array(EPOLL_EVENT_WORDS);
    const told = new Uint32Array(4 * EPOLL_EVENT_WORDS);
    const control = (operation: number, mask: number) => {
      event[0] = mask;
      event[EPOLL_EVENT_WORDS - 2] = server;
      event[EPOLL_EVENT_WORDS - 1] = 0xfedcba98;
      return libc.epollControl(epoll, operation, server, event);
    };
    assert.equal(control(EPOLL_CTL_ADD, EPOLLIN), 0);
    assert.equal(control(EPOLL_CTL_ADD, EPOLLIN), -1);
    assert.equal(libc.epollWait(epoll, told, 4, 0), 0);
    libc.send(client, new Uint8Array(1), 0, 1);
    assert.equal(libc.epollWait(epoll, told, 4, 5_000), 1);
    assert.equal(told[0], EPOLLIN);
    assert.equal(told[EPOLL_EVENT_WORDS - 2], server);
    assert.equal(told[EPOLL_EVENT_WORDS - 1], 0xfedcba98);
    assert.equal(control(EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT | EPOLLRDHUP), 0);
    libc.close(client);
    libc.shutdown(server, SHUT_WR);
    assert.equal(await libc.epollWaitAside(epoll, told, 4, 5_000), 1);
    assert.equal(told[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP);
    assert.equal(control(EPOLL_CTL_DEL, 0), 0);
    assert.equal(await libc.epollWaitAside(epoll, told, 4, 0), 0);
    libc.close(epoll);
    libc.close(server);
  },
);

linuxTest("a signal ends a wait aside and is taken once", async () => {
  using libc = libcHere();
  const epoll = libc.epollCreate();
  const eventfd = libc.eventfd();
  const event = new Uint32Array(EPOLL_EVENT_WORDS);
  event[0] = EPOLLIN;
  assert.equal(libc.epollControl(epoll, EPOLL_CTL_ADD, eventfd, event), 0);
  const told = new Uint32Array(EPOLL_EVENT_WORDS);
  const wait = libc.epollWaitAside(epoll, told, 1, 60_000);
  assert.equal(libc.signal(eventfd), 8);
  assert.equal(await wait, 1);
  assert.equal(libc.clearSignal(eventfd), 8);
  assert.equal(libc.clearSignal(eventfd), -1);
  assert.equal(libc.errno(), EAGAIN);
  libc.close(epoll);
  libc.close(eventfd);
});

linuxTest("with no descriptor left a socket is refused with EMFILE", () => {
  using libc = libcHere();
  const limit = libc.fileLimit();
  assert.ok(limit !== undefined && limit.soft > 0n);
  assert.equal(libc.setFileLimit({ soft: 3n, hard: limit.hard }), 0);
  try {
    assert.deepEqual(libc.fileLimit(), { soft: 3n, hard: limit.hard });
    assert.equal(libc.socket(AF_INET), -1);
    assert.equal(libc.errno(), EMFILE);
  } finally {
    assert.equal(libc.setFileLimit(limit), 0);
  }
});

linuxTest(
  "100,000 connections opened and closed leave no descriptor behind",
  () => {
    using libc = libcHere();
    const listener = listen(libc);
    const before = descriptorCount();
    const byte = new Uint8Array(1);
    for (let count = 0; count < 100_000; count++) {
      const [client, server] = connectAndAccept(
        libc,
        listener.fd,
        listener.address,
      );
      libc.send(client, byte, 0, 1);
      // A reset leaves no TIME_WAIT behind, or the ports would run out.
      libc.resetOnClose(client);
      libc.close(client);
      libc.close(server);
    }
    assert.equal(descriptorCount(), before);
    libc.close(listener.fd);
  },
);
