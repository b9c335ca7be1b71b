/** Connections that the epoll driver makes, beyond what every driver must do. */
import assert from "node:assert/strict";
import { encodeUnixAddress } from "../../../ffi/socket_address.ts";
import { AF_UNIX, EAGAIN } from "../../../ffi/socket_constants.ts";
import { libcHere } from "../../ffi/loopback.ts";
import { EpollStage, HAS_EPOLL } from "./epoll_stage.ts";
import { settled } from "./traffic.ts";

const ignore = !HAS_EPOLL;

/** A unix socket whose backlog is full, and how to make room in it. */
async function withFullBacklog(
  run: (path: string, makeRoom: () => void) => Promise<void>,
): Promise<void> {
  using libc = libcHere();
  const folder = await Deno.makeTempDir();
  const path = `${folder}/s`;
  const address = encodeUnixAddress(path);
  const listener = libc.socket(AF_UNIX);
  const opened = [listener];
  try {
    assert.equal(libc.bind(listener, address), 0);
    assert.equal(libc.listen(listener, 0), 0);
    while (true) {
      const caller = libc.socket(AF_UNIX);
      opened.push(caller);
      if (libc.connect(caller, address) !== 0) break;
    }
    assert.equal(libc.errno(), EAGAIN);
    await run(path, () => {
      const taken = libc.accept(listener, new Uint8Array(128));
      assert.ok(taken >= 0);
      opened.push(taken);
    });
  } finally {
    for (const fd of opened) libc.close(fd);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name:
    "epoll: a unix socket whose backlog is full is connected when there is room",
  ignore,
  fn: () =>
    withFullBacklog(async (path, makeRoom) => {
      await using stage = new EpollStage();
      const recorder = stage.recorder();
      stage.driver.connect({ kind: "unix", path }, recorder);
      await settled();
      assert.deepEqual(recorder.events, []);
      makeRoom();
      await recorder.untilEvent("connected");
    }),
});

Deno.test({
  name: "epoll: a unix socket whose backlog stays full is unreachable",
  ignore,
  fn: () =>
    withFullBacklog(async (path) => {
      await using stage = new EpollStage();
      const recorder = stage.recorder();
      stage.driver.connect({ kind: "unix", path }, recorder);
      await recorder.untilEvent("gone:unreachable");
      assert.deepEqual(recorder.events, ["gone:unreachable"]);
    }),
});

Deno.test({
  name:
    "epoll: an attempt at a full backlog that is aborted, or whose driver goes, leaves no timer",
  ignore,
  fn: () =>
    withFullBacklog(async (path) => {
      await using stage = new EpollStage();
      const recorder = stage.recorder();
      const aborted = stage.driver.connect({ kind: "unix", path }, recorder);
      stage.driver.connect({ kind: "unix", path }, recorder);
      aborted.pause(true);
      aborted.resume();
      await settled();
      assert.deepEqual(recorder.events, []);
      // What is left behind shows as a leak when the test ends, so nothing more is waited for.
      aborted.abort();
      await stage.driver[Symbol.asyncDispose]();
    }),
});

Deno.test({
  name:
    "epoll: what is no address, or has no route, is unreachable, told after the call",
  ignore,
  async fn() {
    await using stage = new EpollStage();
    for (
      const address of [
        { kind: "tcp", ip: "example.org", port: 80 },
        { kind: "tcp", ip: "127.0.0.1", port: 65_536 },
        { kind: "tcp", ip: "255.255.255.255", port: 80 },
        { kind: "unix", path: `/${"a".repeat(200)}` },
      ] as const
    ) {
      const recorder = stage.recorder();
      const socket = stage.driver.connect(address, recorder);
      assert.deepEqual(recorder.events, []);
      await recorder.untilEvent("gone:unreachable");
      assert.equal(socket.write(new Uint8Array(3), 0, 3), 3);
    }
  },
});

Deno.test({
  name:
    "epoll: what is written before a connection stands is asked for when it does",
  ignore,
  async fn() {
    await using stage = new EpollStage();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { socket, recorder } = stage.connect(listener.addr.port);
    assert.equal(socket.write(new Uint8Array(3), 0, 3), 0);
    stage.keep(await listener.accept());
    await recorder.untilEvent("writable");
    assert.deepEqual(recorder.events, ["connected", "writable"]);
    assert.equal(socket.write(new Uint8Array(3), 0, 3), 3);
  },
});
