import assert from "node:assert/strict";
import type { Driver, Listening } from "../../../src/edge/driver.ts";
import {
  epollAvailable,
  openEpollDriver,
} from "../../../src/edge/drivers/epoll/open_epoll_driver.ts";
import { encodeInternetAddress } from "../../../ffi/socket_address.ts";
import { AF_INET } from "../../../ffi/socket_constants.ts";
import { libcHere } from "../../ffi/loopback.ts";
import { FakeLogger } from "../../fakes/logger.ts";
import { bytesOf } from "./traffic.ts";

const HANDOVERS = 3;
/** Connections between two of them, and callers that make them. */
const CONNECTIONS = 400;
const CALLERS = 8;

Deno.test({
  name: "epoll: listeners that share a port hand over, and no connection fails",
  ignore: !epollAvailable(),
  async fn() {
    await using stack = new AsyncDisposableStack();
    let present = listen(stack.use(open()), 0, () => served++);
    const { port } = present;
    let served = 0;
    let answered = 0;
    let isOver = false;
    async function call(): Promise<void> {
      while (!isOver) {
        using connection = await Deno.connect({ hostname: "127.0.0.1", port });
        await connection.write(bytesOf("?"));
        assert.equal(await connection.read(new Uint8Array(1)), 1);
        answered++;
      }
    }
    const calling = Promise.all(Array.from({ length: CALLERS }, call));
    for (let count = 0; count < HANDOVERS; count++) {
      const goal = answered + CONNECTIONS;
      while (answered < goal) await turn(calling);
      let taken = 0;
      const next = listen(stack.use(open()), port, () => {
        served++;
        taken++;
      });
      await present.stop();
      const since = taken;
      while (taken < since + CALLERS) await turn(calling);
      present = next;
    }
    isOver = true;
    await calling;
    await present.stop();
    assert.equal(served, answered);
    await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port }));
  },
});

Deno.test({
  name: "epoll: a port is shared only by those who say so",
  ignore: !epollAvailable(),
  async fn() {
    await using one = open();
    await using other = open();
    const alone = one.listen(at(0, false), () => undefined);
    assert.throws(
      () => other.listen(at(alone.port, true), () => undefined),
      Deno.errors.AddrInUse,
    );
    const shared = one.listen(at(0, true), () => undefined);
    assert.throws(
      () => other.listen(at(shared.port, false), () => undefined),
      Deno.errors.AddrInUse,
    );
  },
});

Deno.test({
  name:
    "epoll: from the moment a listener stops, newcomers go to the one that shares its port",
  ignore: !epollAvailable(),
  async fn() {
    await using one = open();
    await using other = open();
    const counts = [0, 0];
    const stopping = listen(one, 0, () => counts[0]!++);
    const { port } = stopping;
    listen(other, port, () => counts[1]!++);
    const stopped = stopping.stop();
    for (let count = 0; count < CALLERS; count++) {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(bytesOf("?"));
      assert.equal(await connection.read(new Uint8Array(1)), 1);
    }
    assert.deepEqual(counts, [0, CALLERS]);
    await stopped;
  },
});

Deno.test({
  name:
    "epoll: a listener that shares its port with nobody takes for a moment who comes as it stops",
  ignore: !epollAvailable(),
  async fn() {
    await using driver = open();
    let taken = 0;
    const listening = listen(driver, 0, () => taken++);
    const stopped = listening.stop();
    using connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: listening.port,
    });
    await connection.write(bytesOf("?"));
    assert.equal(await connection.read(new Uint8Array(1)), 1);
    await stopped;
    assert.equal(taken, 1);
  },
});

Deno.test({
  name: "epoll: a listener that stops takes all that wait, in the same moment",
  ignore: !epollAvailable(),
  async fn() {
    await using driver = open();
    using libc = libcHere();
    let taken = 0;
    const listening = driver.listen(at(0, false), (socket) => {
      taken++;
      socket.abort();
      return undefined;
    });
    const address = encodeInternetAddress({
      ip: "127.0.0.1",
      port: listening.port,
    });
    const callers = Array.from({ length: CONNECTIONS }, () => {
      const fd = libc.socket(AF_INET);
      libc.connect(fd, address);
      return fd;
    });
    assert.equal(taken, 0);
    void listening.stop();
    assert.equal(taken, CONNECTIONS);
    for (const fd of callers) libc.close(fd);
  },
});

function open(): Driver {
  return openEpollDriver({
    logger: new FakeLogger(),
    now: () => performance.now(),
  });
}

function at(port: number, reusePort: boolean) {
  return { hostname: "127.0.0.1", port, reusePort };
}

/** Answers every caller with one octet; `onTaken` is told of each that came. */
function listen(driver: Driver, port: number, onTaken: () => void): Listening {
  return driver.listen(at(port, true), (socket) => ({
    onConnected() {},
    onBytes() {
      onTaken();
      socket.write(bytesOf("!"), 0, 1);
      socket.close();
    },
    onWritable() {},
    onEnd: () => socket.close(),
    onHangUp() {},
    onGone() {},
  }));
}

/** Time for others; fails at once when the callers have failed. */
async function turn(calling: Promise<unknown>): Promise<void> {
  await Promise.race([calling, new Promise((done) => setTimeout(done, 1))]);
}
