/** A driver with an encrypted listener, a machine that speaks HTTP/1.1 behind it, and callers that speak HTTP/2. */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Listening, Socket } from "../../../../src/edge/driver.ts";
import { openDenoDriver } from "../../../../src/edge/drivers/deno/deno_driver.ts";
import { FakeLogger } from "../../../fakes/logger.ts";
import type { Reactions, Recorder } from "../recorder.ts";
import { Stage } from "../stage.ts";
import { bytesOf } from "../traffic.ts";
import { selfSigned } from "./certificates.ts";

/**
 * A test over the runtime's HTTP/2, which may take the whole process with it: only `OPSEN_TEST_HTTP2=1` runs it, in a
 * process of its own (src/decisions/0010-http2-from-callers.md).
 */
export function http2Test(name: string, fn: () => Promise<void>): void {
  const ignore = Deno.env.get("OPSEN_TEST_HTTP2") !== "1";
  Deno.test({ name, ignore, fn });
}

/** A stream as the machine sees it. */
export interface Met {
  readonly socket: Socket;
  readonly recorder: Recorder;
}

/** What a machine does with its socket. */
export type Machine = (met: Met) => Reactions;

/** How a response ended for its caller. */
export interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly rstCode: number;
  /** Whether END_STREAM came. */
  readonly isWhole: boolean;
}

/** Where callers that speak HTTP/2 meet machines. */
export class Http2Stage implements AsyncDisposable {
  readonly logger = new FakeLogger();
  readonly stage: Stage;
  readonly met: Met[] = [];
  readonly listening: Listening;
  readonly #callers: ClientHttp2Session[] = [];
  #wake = () => {};

  /** Machines do as told. */
  constructor(machine: Machine, idleTimeoutMs = 60_000) {
    this.stage = new Stage(openDenoDriver({
      logger: this.logger,
      now: () => performance.now(),
      handshakeTimeoutMs: 5_000,
      http2: true,
      idleTimeoutMs,
      upstreamTls: { caCerts: [], skipVerify: false },
    }));
    this.listening = this.stage.keep(this.stage.driver.listen(
      { hostname: "127.0.0.1", port: 0, tls: selfSigned() },
      (plain) => {
        const recorder = this.stage.recorder({
          onBytes: (...args) => reactions.onBytes?.(...args),
          onWritable: (now) => reactions.onWritable?.(now),
          onGone: (reason, now) => reactions.onGone?.(reason, now),
        });
        const socket = recorder.watch(plain);
        const reactions = machine({ socket, recorder });
        this.met.push({ socket, recorder });
        this.#wake();
        return recorder;
      },
    ));
  }

  /** Settles with the stream of this number, counted from 0. */
  async stream(number = 0): Promise<Met> {
    for (;;) {
      const met = this.met[number];
      if (met !== undefined) return met;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** A caller. */
  async call(
    options: Parameters<typeof connect>[1] = {},
  ): Promise<ClientHttp2Session> {
    const caller = connect(`https://localhost:${this.listening.port}`, {
      rejectUnauthorized: false,
      ...options,
    });
    caller.on("error", () => {});
    this.#callers.push(caller);
    await once(caller, "connect");
    return caller;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const caller of this.#callers) {
      if (caller.destroyed) continue;
      const closed = once(caller, "close");
      caller.destroy();
      await closed;
    }
    await this.stage[Symbol.asyncDispose]();
  }
}

/** A machine that answers with this when the request is whole, as its last chunk or the end of its head tells. */
export function answering(response: string | ((request: string) => string)) {
  return ({ socket, recorder }: Met): Reactions => ({
    onBytes: () => {
      const { text } = recorder;
      if (!isWholeRequest(text)) return;
      say(socket, typeof response === "string" ? response : response(text));
      socket.close();
    },
  });
}

/** Whether the text is a whole request, chunked or without a body or with an announced one. */
export function isWholeRequest(text: string): boolean {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  const head = text.slice(0, headEnd);
  const body = text.slice(headEnd + 4);
  if (/^transfer-encoding: chunked$/m.test(head)) {
    return /(^|\r\n)0\r\n(.+\r\n)*\r\n$/.test(body);
  }
  const length = /^content-length: (\d+)\r?$/m.exec(head)?.[1];
  return body.length >= Number(length ?? 0);
}

/** Writes a text; it must fit. */
export function say(socket: Socket, text: string): void {
  const bytes = bytesOf(text);
  const taken = socket.write(bytes, 0, bytes.length);
  if (taken !== bytes.length) throw new Error(`Only ${taken} bytes were taken`);
}

/** Sends a request without waiting for its answer. */
export function ask(
  caller: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  options: { readonly endStream: boolean } = { endStream: true },
): ClientHttp2Stream {
  const stream = caller.request({ ":path": "/", ...headers }, options);
  stream.on("error", () => {});
  return stream;
}

/** What comes until the stream is closed. */
export async function answerTo(stream: ClientHttp2Stream): Promise<Answer> {
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  let isWhole = false;
  const chunks: Buffer[] = [];
  stream.on("response", (fields) => headers = fields);
  stream.on("trailers", (fields) => trailers = fields);
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => isWhole = true);
  const closed = Promise.withResolvers<void>();
  stream.on("close", () => closed.resolve());
  await closed.promise;
  const { rstCode } = stream;
  const body = Buffer.concat(chunks);
  return { headers, trailers, body, rstCode, isWhole };
}

/** Settles when it holds. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Never held: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Long enough for a loaded machine; only a test that fails waits for it. */
const PATIENCE_MS = 10_000;
const POLL_MS = 2;
