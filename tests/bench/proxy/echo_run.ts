/** WebSocket messages there and back through a proxy. Origin and callers are one process. */
import { median } from "./rounds.ts";

/** Callers that send at the same time, when throughput is measured. */
const CALLERS = 32;
const MESSAGE = "a message of some thirty letters";
/** Time for a WebSocket to open. */
const PATIENCE_MS = 10_000;

/** What one run gave. */
export interface EchoRun {
  /** Round trip with one caller. */
  readonly p50Ms: number;
  /** Messages there and back with {@link CALLERS} callers, each waiting for its answer. */
  readonly messagesPerSecond: number;
}

/** An origin that sends every message back, on several ports. */
export class EchoOrigin implements AsyncDisposable {
  readonly ports: readonly number[];
  readonly #servers: readonly Deno.HttpServer<Deno.NetAddr>[];

  constructor(portCount: number) {
    this.#servers = Array.from({ length: portCount }, () =>
      Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        answer,
      ));
    this.ports = this.#servers.map(({ addr }) => addr.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.shutdown()));
  }
}

/** Sends messages for a while; throws when one comes back changed. */
export async function runEcho(url: string, ms: number): Promise<EchoRun> {
  const single = await trips(url, ms / 2);
  const start = performance.now();
  const many = await Promise.all(
    Array.from({ length: CALLERS }, () => trips(url, ms / 2)),
  );
  const seconds = (performance.now() - start) / 1000;
  return {
    p50Ms: median(single),
    messagesPerSecond: many.flat().length / seconds,
  };
}

/** One caller's round trips, milliseconds each. */
async function trips(url: string, ms: number): Promise<readonly number[]> {
  const socket = await opened(`${url.replace(/^http/, "ws")}/ws`);
  const taken: number[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const end = performance.now() + ms;
  let sent = 0;
  let message = "";
  const next = () => {
    message = `${MESSAGE} ${taken.length}`;
    sent = performance.now();
    socket.send(message);
  };
  socket.onmessage = ({ data }) => {
    const now = performance.now();
    if (data !== message) return reject(new Error("A message changed"));
    taken.push(now - sent);
    if (now < end) next();
    else socket.close();
  };
  socket.onclose = () => resolve();
  socket.onerror = () => reject(new Error(`The WebSocket at ${url} failed`));
  next();
  await promise;
  return taken;
}

async function opened(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.onopen = () => resolve();
  const fail = () => reject(new Error(`No WebSocket opens at ${url}`));
  socket.onerror = fail;
  const timer = setTimeout(fail, PATIENCE_MS);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
  return socket;
}

function answer(request: Request): Response {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return new Response("no upgrade", { status: 426 });
  }
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onmessage = ({ data }) => socket.send(data);
  return response;
}
