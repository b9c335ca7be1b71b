import assert from "node:assert/strict";
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  fieldBlock,
  type FieldList,
  frame,
  FrameCaller,
  GET,
  GOAWAY,
  HEADERS,
  number,
  PING,
  request,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from "./http2_frames.ts";
import { answering, Http2Stage, http2Test, say, until } from "./http2_stage.ts";
import { Relay } from "./relay.ts";
import { settled } from "../traffic.ts";

const NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n";
const SOON_MS = 100;
const INITIAL_WINDOW_SIZE = 4;
const WINDOW_MAX = 0x7fff_ffff;

http2Test(
  "a malformed request never reaches a machine, and ends its stream or its session",
  async () => {
    await using stage = new Http2Stage(answering(NO_CONTENT));
    const malformed: readonly FieldList[] = [
      withField(":path", "/ HTTP/1.1\r\nx: y"),
      withField(":path", "/a b"),
      withField(":path", "http://other/"),
      withField(":path", "*"),
      withField(":path", ""),
      withField(":method", "GET / HTTP/1.1\r\n"),
      withField(":method", "CONNECT"),
      withField(":scheme", "ftp"),
      GET.slice(1),
      [[":method", "CONNECT"], [":authority", "localhost:1"]],
      [...withField(":method", "CONNECT"), [":protocol", "websocket"]],
      [...GET, [":path", "/"]],
      [...GET, [":other", "/"]],
      [["a", "b"], ...GET],
      [...GET, ["X-A", "a"]],
      [...GET, ["connection", "x-a"]],
      [...GET, ["keep-alive", "5"]],
      [...GET, ["proxy-connection", "close"]],
      [...GET, ["transfer-encoding", "chunked"]],
      [...GET, ["upgrade", "h2c"]],
      [...GET, ["te", "gzip"]],
      [...GET, ["content-length", "5"]],
      [...GET, ["host", "other"]],
    ];
    for (const fields of malformed) {
      using caller = await FrameCaller.call(stage.listening.port);
      caller.send(request(1, fields));
      await until(() =>
        caller.codeOf(1) !== undefined || caller.codeOf(0) !== undefined
      );
      assert.equal(stage.met.length, 0, JSON.stringify(fields));
      assert.deepEqual(caller.came(HEADERS, 1), []);
    }
  },
);

http2Test(
  "a field that could be taken for more than one is left out",
  async () => {
    await using stage = new Http2Stage(answering(NO_CONTENT));
    using caller = await FrameCaller.call(stage.listening.port);
    caller.send(request(1, [
      ...GET,
      ["x-a", "1\r\nx-smuggled: 1"],
      ["x-b", "1\nx-smuggled: 1"],
      ["x-c", "1\0"],
      ["x smuggled", "1"],
      ["x-smuggled: 1\r\nx-d", "1"],
      ["x-fine", "1"],
    ]));
    await until(() => caller.came(HEADERS, 1).length > 0);
    const { recorder } = await stage.stream();
    const lines = recorder.text.split("\r\n");
    assert.deepEqual(lines, [
      "GET / HTTP/1.1",
      "host: localhost",
      "x-fine: 1",
      "connection: close",
      "",
      "",
    ]);
  },
);

http2Test(
  "a body that is not as long as announced ends its stream, and no octet too much goes on",
  async () => {
    for (const octets of [4, 6]) {
      await using stage = new Http2Stage(() => ({}));
      using caller = await FrameCaller.call(stage.listening.port);
      const fields = [...withField(":method", "POST"), ["content-length", "5"]];
      const block = fieldBlock(fields as FieldList);
      caller.send(
        frame(HEADERS, END_HEADERS, 1, block),
        frame(DATA, END_STREAM, 1, new Uint8Array(octets)),
      );
      const { recorder } = await stage.stream();
      await recorder.untilEvent("gone:reset");
      const body = recorder.text.split("\r\n\r\n")[1] ?? "";
      assert.ok(body.length <= 5);
    }
  },
);

http2Test(
  "whatever a request comes together with, the process goes on",
  async () => {
    const companions = [
      frame(DATA, 0, 0, new Uint8Array(10)),
      new Uint8Array(30).fill(0xff),
      frame(SETTINGS, 0, 1),
      frame(GOAWAY, 0, 0, new Uint8Array(8)),
      frame(GOAWAY, 0, 0, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)),
      frame(
        HEADERS,
        END_HEADERS | END_STREAM,
        3,
        new Uint8Array(20).fill(0xff),
      ),
      frame(WINDOW_UPDATE, 0, 0, number(0)),
      frame(WINDOW_UPDATE, 0, 1, number(WINDOW_MAX)),
      frame(RST_STREAM, 0, 1, number(0)),
      frame(RST_STREAM, 0, 1, number(8)),
      frame(RST_STREAM, 0, 5, number(8)),
      frame(DATA, END_STREAM, 1, new Uint8Array(10)),
    ];
    await using stage = new Http2Stage(() => ({}));
    for (const companion of companions) {
      using caller = await FrameCaller.call(stage.listening.port);
      caller.send(request(1, GET), companion);
      caller.send(frame(PING, 0, 0, new Uint8Array(8)));
      await until(() => caller.isClosed || caller.came(PING, 0).length > 0);
    }
    await until(() =>
      stage.met.every(({ recorder }) => recorder.events.includes("gone:reset"))
    );
  },
);

http2Test(
  "floods end their session: continuations, pings, settings, resets, too many streams, too many fields",
  async () => {
    await using stage = new Http2Stage(() => ({}));
    const { port } = stage.listening;
    const floods: readonly ((turn: number) => Uint8Array)[] = [
      (turn) =>
        turn === 0
          ? frame(HEADERS, END_STREAM, 1, fieldBlock(GET))
          : frame(CONTINUATION, 0, 1),
      () => frame(PING, 0, 0, new Uint8Array(8)),
      () => frame(SETTINGS, 0, 0),
      (turn) => request(2 * turn + 1, GET),
      (turn) =>
        turn % 2 === 0
          ? request(turn + 1, GET)
          : frame(RST_STREAM, 0, turn, number(8)),
      (turn) =>
        frame(
          turn === 0 ? HEADERS : CONTINUATION,
          turn === 0 ? END_STREAM : 0,
          1,
          fieldBlock([["x", "y".repeat(16_000)]]),
        ),
    ];
    for (const [i, flood] of floods.entries()) {
      using caller = await FrameCaller.call(port);
      for (let turn = 0; turn < 60_000 && !caller.isClosed; turn += 2_000) {
        const frames = Array.from(
          { length: 2_000 },
          (_, k) => flood(turn + k),
        );
        if (i === 5) frames.length = 20;
        caller.send(...frames);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await until(() => caller.isClosed);
    }
    await until(() =>
      stage.met.every(({ recorder }) => recorder.events.includes("gone:reset"))
    );
  },
);

http2Test("no more than 128 streams are open at a time", async () => {
  await using stage = new Http2Stage(() => ({}));
  using caller = await FrameCaller.call(stage.listening.port);
  const requests = Array.from(
    { length: 140 },
    (_, i) => request(2 * i + 1, GET),
  );
  caller.send(...requests);
  await until(() => caller.codeOf(2 * 139 + 1) !== undefined);
  assert.equal(stage.met.length, 128);
});

http2Test(
  "a caller that opens every window and reads nothing is held back, and its end is noticed",
  async () => {
    let taken = 0;
    await using stage = new Http2Stage(({ socket }) => {
      const piece = new Uint8Array(64 * 1024);
      const feed = () => {
        for (;;) {
          const count = socket.write(piece, 0, piece.length);
          taken += count;
          if (count < piece.length) return;
        }
      };
      return {
        onBytes: () => {
          say(
            socket,
            "HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n",
          );
          feed();
        },
        onWritable: feed,
      };
    });
    await using relay = new Relay(stage.listening.port);
    using caller = await FrameCaller.call(relay.port, [
      [INITIAL_WINDOW_SIZE, WINDOW_MAX],
    ]);
    caller.send(frame(WINDOW_UPDATE, 0, 0, number(0x7fff_0000)));
    await until(() => caller.came(SETTINGS, 0).length === 2);
    relay.block();
    for (let i = 0; i < 40; i++) caller.send(request(2 * i + 1, GET));
    await settled();
    const pings = Array.from(
      { length: 100_000 },
      () => frame(PING, 0, 0, new Uint8Array(8)),
    );
    caller.send(...pings);
    await settled();
    const before = taken;
    assert.ok(before < 16_000_000, `${before} bytes were taken`);
    await settled();
    assert.equal(taken, before);
    const [first] = stage.met;
    assert.ok(first !== undefined);
    relay.tear();
    const start = performance.now();
    await first.recorder.untilEvent("gone:reset");
    const took = performance.now() - start;
    assert.ok(took < SOON_MS, `gone after ${took} ms`);
  },
);

function withField(name: string, value: string): FieldList {
  return GET.map((field) => field[0] === name ? [name, value] : field);
}
