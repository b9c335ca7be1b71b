import assert from "node:assert/strict";
import { EdgeWorld } from "./edge_world.ts";
import type { FarEnd } from "./far_end.ts";
import { answered, head } from "./exchanges.ts";

const EVENTS =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const EVENTS_TO_THE_END =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n";
const GOING_AWAY = "\x88\x02\x03\xe9";

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

/** What the caller sees of the end of a server that does not wait. */
function lastWords(
  response: string,
  pieces: readonly string[],
  request: string = head("GET /"),
): { readonly words: string; readonly caller: FarEnd } {
  using world = new EdgeWorld();
  const caller = answered(world, response, request);
  for (const piece of pieces) world.say(world.origin, piece);
  caller.fresh();
  world.edge.drain();
  assert.equal(caller.fate, "open");
  void world.edge.ended(0);
  assert.notEqual(world.origin.fate, "open");
  return { words: caller.fresh(), caller };
}

Deno.test("an event stream between two events is ended as its origin would end it", () => {
  const endings = [
    [chunk("data: 1\n\n")],
    [chunk("data: 1\n\ndata: 2\r\n\r\n")],
    [chunk("data: 1"), chunk("\n\n")],
    [...chunk("data: 1\n\n")],
  ];
  for (const pieces of endings) {
    const { words, caller } = lastWords(EVENTS, pieces);
    assert.equal(words, "0\r\n\r\n", JSON.stringify(pieces));
    assert.equal(caller.fate, "closed");
  }
  const { words } = lastWords(EVENTS_TO_THE_END, ["data: 1\n\n"]);
  assert.equal(words, "0\r\n\r\n");
});

Deno.test("an event stream in the middle of an event or of a chunk is cut off, and so is any other response", () => {
  const cut: readonly (readonly [string, readonly string[]])[] = [
    [EVENTS, []],
    [EVENTS, [chunk("data: 1\n")]],
    [EVENTS, [chunk("data: 1\n\nda")]],
    [EVENTS, [chunk("data: 1\n\n").slice(0, -1)]],
    [EVENTS, [chunk("data: 1\n\n"), "2"]],
    [EVENTS, ["20\r\ndata: 1\n\n\r\n"]],
    [EVENTS, [`${chunk("data: 1\n\n")}0\r\nX: `]],
    [EVENTS_TO_THE_END, ["data: 1\n"]],
    [EVENTS.replace("event-stream", "plain"), [chunk("data: 1\n\n")]],
    [
      EVENTS.replace("Transfer-Encoding: chunked", "Content-Length: 20"),
      ["data: 1\n\n"],
    ],
  ];
  for (const [response, pieces] of cut) {
    const { words, caller } = lastWords(response, pieces);
    assert.equal(words, "", JSON.stringify(pieces));
    assert.equal(caller.fate, "aborted", JSON.stringify(pieces));
  }
  const { caller } = lastWords(
    EVENTS,
    [chunk("data: 1\n\n")],
    head("GET /").replace("HTTP/1.1", "HTTP/1.0"),
  );
  assert.equal(caller.fate, "aborted");
});

Deno.test("a WebSocket is told that the server goes away, where no frame is cut in two by that", () => {
  const upgrade = head("GET /", "Connection: upgrade", "Upgrade: websocket");
  const long = "x".repeat(300);
  const frames = [
    [],
    ["\x81\x02hi"],
    ["\x81", "\x02h", "i"],
    [`\x82\x7e\x01\x2c${long}`],
    [`\x82\x7f\0\0\0\0\0\0\x01\x2c${long}`],
    ["\x81\x82mask12"],
    ["\x01\x01a", "\x89\x00"],
  ];
  for (const pieces of frames) {
    const { words, caller } = lastWords(SWITCHING, pieces, upgrade);
    assert.equal(words, GOING_AWAY, JSON.stringify(pieces));
    assert.equal(caller.fate, "closed");
  }
  const parts = [
    ["\x81"],
    ["\x81\x02h"],
    [`\x82\x7e\x01`],
    [`\x82\x7e\x01\x2c${long.slice(1)}`],
    ["\x81\x82mask1"],
    ["\x88\x00"],
  ];
  for (const pieces of parts) {
    const { words, caller } = lastWords(SWITCHING, pieces, upgrade);
    assert.equal(words, "", JSON.stringify(pieces));
    assert.equal(caller.fate, "closed");
  }
  const other = SWITCHING.replace("WebSocket", "other");
  const { words, caller } = lastWords(other, ["hi"], upgrade);
  assert.deepEqual([words, caller.fate], ["", "closed"]);
});
