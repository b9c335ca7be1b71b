/** The callers of a soak: each does one thing after another, and leaves some of them in the middle. */
import { Wire } from "../e2e/proxy_wire.ts";
import type { Chance } from "../fuzz/chance.ts";

/** At once; more would wait for the two cores that all share. */
const CALLERS = 24;
const UPLOAD_BYTES = 1_000_000;
/** Most events or messages that a caller waits for. */
const MOST_PIECES = 20;

/** How often each thing was done, and how often it failed because a backend had been killed. */
export type Deeds = Map<string, { done: number; failed: number }>;

/** A thing that callers do. */
type Deed = (port: number, chance: Chance) => Promise<void>;
type NamedDeed = readonly [name: string, deed: Deed];

/** Calls until the deadline; never throws. */
export async function callUntil(
  deadline: number,
  port: number,
  chance: Chance,
  deeds: Deeds,
): Promise<void> {
  await Promise.all(Array.from({ length: CALLERS }, async () => {
    while (performance.now() < deadline) {
      const [name, deed] = chance.oneOf(DEEDS);
      const count = deeds.get(name) ?? { done: 0, failed: 0 };
      deeds.set(name, count);
      await deed(port, chance).then(
        () => count.done++,
        () => count.failed++,
      );
    }
  }));
}

const DEEDS: readonly [NamedDeed, ...NamedDeed[]] = [
  ["small", async (port) => {
    await whole(await fetch(`http://127.0.0.1:${port}/`));
  }],
  ["tier in the body", async (port) => {
    await whole(
      await fetch(`http://127.0.0.1:${port}/`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"tier":"small"}',
      }),
    );
  }],
  ["large", async (port) => {
    await whole(await fetch(`http://127.0.0.1:${port}/large`));
  }],
  ["upload", async (port) => {
    const body = new Uint8Array(UPLOAD_BYTES);
    await whole(
      await fetch(`http://127.0.0.1:${port}/upload`, { method: "POST", body }),
    );
  }],
  ["large, left", (port, chance) => left(port, "/large", chance)],
  ["upload, left", async (port) => {
    using wire = await Wire.open(port);
    await wire.send(`POST /upload HTTP/1.1\r\nHost: x\r\n`);
    await wire.send(`Content-Length: ${UPLOAD_BYTES}\r\n\r\nsome`);
  }],
  ["events, left", (port, chance) => left(port, "/events", chance)],
  ["WebSocket", (port, chance) => chat(port, chance)],
];

async function whole(response: Response): Promise<void> {
  await response.bytes();
  if (!response.ok) throw new Error(`Status ${response.status}`);
}

/** Takes some of an answer and goes away. */
async function left(
  port: number,
  path: string,
  chance: Chance,
): Promise<void> {
  using wire = await Wire.open(port);
  await wire.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await wire.head();
  for (let i = chance.below(MOST_PIECES); i > 0; i--) await wire.bytes(20);
}

/** Talks for a while, then says goodbye. */
function chat(port: number, chance: Chance): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`);
    let left = chance.below(MOST_PIECES);
    socket.onopen = () => socket.send("hello");
    socket.onmessage = () => {
      if (--left > 0) socket.send("hello");
      else socket.close();
    };
    socket.onerror = (event) => event.preventDefault();
    socket.onclose = ({ wasClean }) =>
      wasClean ? resolve() : reject(new Error("The conversation broke off"));
  });
}
