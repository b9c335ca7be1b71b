/**
 * One TCP connection that says exactly what a test wants to say, also several requests before the first answer. Reads
 * answers that have a Content-Length or no body.
 */
import { Buffer } from "node:buffer";

/** An answer as it came; names of header fields in lower case, the body one character per byte. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Bytes taken from the socket at a time. */
const READ_BYTES = 65_536;

/** A connection to a server of this machine. */
export class RawConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #unread = "";

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Connects to a loopback port. */
  static async open(port: number): Promise<RawConnection> {
    return new RawConnection(
      await Deno.connect({ hostname: "127.0.0.1", port }),
    );
  }

  /** Sends all of the text, one byte per character. */
  async send(text: string): Promise<void> {
    let bytes: Uint8Array = Buffer.from(text, "latin1");
    while (bytes.length > 0) {
      bytes = bytes.subarray(await this.#connection.write(bytes));
    }
  }

  /** The next answer. Throws when the connection ends before it is complete. */
  async answer(): Promise<RawAnswer> {
    const headEnd = await this.#find("\r\n\r\n");
    const [first = "", ...lines] = this.#unread.slice(0, headEnd).split("\r\n");
    const headers = new Map(lines.map(fieldOf));
    const bodyStart = headEnd + 4;
    const bodyEnd = bodyStart + Number(headers.get("content-length") ?? 0);
    while (this.#unread.length < bodyEnd) await this.#more();
    const body = this.#unread.slice(bodyStart, bodyEnd);
    this.#unread = this.#unread.slice(bodyEnd);
    return { status: Number(first.split(" ")[1]), headers, body };
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #find(text: string): Promise<number> {
    for (;;) {
      const at = this.#unread.indexOf(text);
      if (at >= 0) return at;
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const count = await this.#connection.read(this.#buffer);
    if (count === null) {
      throw new Error(`The connection ended after "${this.#unread}"`);
    }
    this.#unread += Buffer.from(this.#buffer.buffer, 0, count)
      .toString("latin1");
  }
}

/** A request with a JSON body, as text. */
export function rawRequest(
  path: string,
  body: string,
  fields: Readonly<Record<string, string>> = {},
): string {
  const lines = Object.entries({
    "Host": "127.0.0.1",
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(body, "latin1")),
    ...fields,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
