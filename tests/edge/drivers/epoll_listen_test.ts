/** Listeners of the epoll driver, beyond what every driver must do. */
import assert from "node:assert/strict";
import { EpollSocket } from "../../../src/edge/drivers/epoll/epoll_socket.ts";
import { encodeInternetAddress } from "../../../ffi/socket_address.ts";
import {
  AF_INET,
  IPPROTO_TCP,
  TCP_NODELAY,
} from "../../../ffi/socket_constants.ts";
import { libcHere } from "../../ffi/loopback.ts";
import { EpollStage, HAS_EPOLL } from "./epoll_stage.ts";

const ignore = !HAS_EPOLL;

Deno.test({
  name: "epoll: what can't be listened on is told by the errors of Deno.listen",
  ignore,
  async fn() {
    await using stage = new EpollStage();
    const { driver } = stage;
    const take = () => undefined;
    const listen = (hostname: string, port: number) =>
      driver.listen({ hostname, port }, take);
    const { port } = listen("127.0.0.1", 0);
    assert.throws(() => listen("127.0.0.1", port), Deno.errors.AddrInUse);
    assert.throws(() => listen("192.0.2.1", 0), Deno.errors.AddrNotAvailable);
    assert.throws(() => listen("example.org", 0), TypeError);
    assert.throws(() => listen("127.0.0.1", 65_536), RangeError);
    const tls = { cert: "", key: "" };
    assert.throws(
      () => driver.listen({ hostname: "127.0.0.1", port: 0, tls }, take),
      TypeError,
    );
  },
});

Deno.test({
  name: "epoll: bytes of accepted and outgoing sockets don't wait for more",
  ignore,
  async fn() {
    await using stage = new EpollStage();
    using libc = libcHere();
    const taken = Promise.withResolvers<void>();
    const { port } = stage.listenWith((socket) => {
      assert.ok(socket instanceof EpollSocket);
      assert.equal(libc.option(socket.fd, IPPROTO_TCP, TCP_NODELAY), 1);
      taken.resolve();
      return stage.recorder();
    });
    const recorder = stage.recorder();
    const socket = stage.driver.connect(
      { kind: "tcp", ip: "127.0.0.1", port },
      recorder,
    );
    assert.ok(socket instanceof EpollSocket);
    assert.equal(libc.option(socket.fd, IPPROTO_TCP, TCP_NODELAY), 1);
    await taken.promise;
    assert.deepEqual(stage.logger.lines, []);
  },
});

Deno.test({
  name:
    "epoll: with no descriptor left a listener rests, says so once, and takes up again who waited",
  ignore,
  async fn() {
    await using stage = new EpollStage();
    using libc = libcHere();
    const limit = libc.fileLimit();
    assert.ok(limit !== undefined);
    const { listening, next } = stage.listen();
    await stage.call(listening.port);
    await next();
    const caller = libc.socket(AF_INET);
    const address = { ip: "127.0.0.1", port: listening.port };
    libc.connect(caller, encodeInternetAddress(address));
    libc.setFileLimit({ soft: 3n, hard: limit.hard });
    try {
      assert.ok(await stage.clockReads(350) < 200);
    } finally {
      libc.setFileLimit(limit);
    }
    await next();
    libc.close(caller);
    const shortages = stage.logger.messages("error");
    assert.equal(shortages.length, 1, String(shortages));
  },
});
