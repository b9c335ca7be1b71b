/** A caller that writes frames of HTTP/2 by hand (RFC 9113, section 4), as no honest client would. */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 1;
export const END_HEADERS = 4;

/** A frame as it came. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Names and values, as they are written. */
export type FieldList = readonly (readonly [name: string, value: string])[];

/** The pseudo-header fields of a proper request. */
export const GET: FieldList = [
  [":method", "GET"],
  [":scheme", "https"],
  [":authority", "localhost"],
  [":path", "/"],
];

/** A connection after its preface. */
export class FrameCaller implements Disposable {
  readonly socket: TLSSocket;
  /** What came, oldest first. */
  readonly frames: Frame[] = [];
  isClosed = false;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => this.isClosed = true);
    socket.on("end", () => this.isClosed = true);
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
  }

  /** Connects and sends the preface with these settings. */
  static async call(
    port: number,
    settings: readonly (readonly [id: number, value: number])[] = [],
  ): Promise<FrameCaller> {
    const socket = connect({
      host: "127.0.0.1",
      port,
      ALPNProtocols: ["h2"],
      rejectUnauthorized: false,
    });
    await once(socket, "secureConnect");
    const caller = new FrameCaller(socket);
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const payload = Buffer.alloc(6 * settings.length);
    settings.forEach(([id, value], i) => {
      payload.writeUInt16BE(id, 6 * i);
      payload.writeUInt32BE(value, 6 * i + 2);
    });
    caller.send(frame(SETTINGS, 0, 0, payload));
    return caller;
  }

  /** Sends frames as they are. */
  send(...frames: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(frames));
  }

  /** What came of this type, for this stream. */
  came(type: number, stream: number): readonly Frame[] {
    return this.frames.filter((frame) =>
      frame.type === type && frame.stream === stream
    );
  }

  /** The code that the stream was reset with, or the connection ended with, for 0. */
  codeOf(stream: number): number | undefined {
    return stream === 0
      ? this.came(GOAWAY, 0).at(-1)?.payload.readUInt32BE(4)
      : this.came(RST_STREAM, stream)[0]?.payload.readUInt32BE(0);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #read(bytes: Buffer): void {
    let rest = Buffer.concat([this.#rest, bytes]);
    while (rest.length >= 9) {
      const end = 9 + rest.readUIntBE(0, 3);
      if (rest.length < end) break;
      this.frames.push({
        type: rest[3] ?? 0,
        flags: rest[4] ?? 0,
        stream: rest.readUInt32BE(5),
        payload: rest.subarray(9, end),
      });
      rest = rest.subarray(end);
    }
    this.#rest = rest;
  }
}

/** A frame. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A payload of one number. */
export function number(value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return payload;
}

/** Fields without compression (RFC 7541, section 6.2.2). */
export function fieldBlock(fields: FieldList): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]),
  );
}

/** A request without a body. */
export function request(stream: number, fields: FieldList): Buffer {
  return frame(HEADERS, END_HEADERS | END_STREAM, stream, fieldBlock(fields));
}

/** A string literal: its length with a prefix of seven bits (RFC 7541, section 5.1), and its octets. */
function text(value: string): Buffer {
  const octets = Buffer.from(value, "latin1");
  if (octets.length < 127) {
    return Buffer.concat([Buffer.of(octets.length), octets]);
  }
  const length = [127];
  let left = octets.length - 127;
  for (; left >= 128; left >>= 7) length.push(left % 128 + 128);
  length.push(left);
  return Buffer.concat([Buffer.from(length), octets]);
}
