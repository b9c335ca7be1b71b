/**
 * One end of a connection, for callers and origins that say exactly what a test wants. Text has one character per byte.
 * What was read and not asked for yet is kept; a test bounds it by what it sends.
 */
import { Buffer } from "node:buffer";

/** Bytes taken from the socket at a time. */
const READ_BYTES = 65_536;

/** How a peer ended its direction. */
export type Ending = "end" | "reset";

/** A connection of this machine, plain or encrypted. */
export class Wire implements Disposable {
  readonly connection: Deno.Conn;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #unread = "";
  #isClosed = false;

  /** Takes the connection over. */
  constructor(connection: Deno.Conn) {
    this.connection = connection;
  }

  /** Connects to a loopback port. */
  static async open(port: number): Promise<Wire> {
    return new Wire(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends all of the text. */
  async send(text: string): Promise<void> {
    await this.sendBytes(Buffer.from(text, "latin1"));
  }

  /** Sends all of the bytes. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.connection.write(bytes.subarray(at));
    }
  }

  /** Everything through the next occurrence of `text`. Throws when the peer ends before. */
  async upTo(text: string): Promise<string> {
    for (;;) {
      const at = this.#unread.indexOf(text);
      if (at >= 0) return this.#take(at + text.length);
      await this.#more();
    }
  }

  /** The next message head, with its empty line. */
  async head(): Promise<string> {
    return await this.upTo("\r\n\r\n");
  }

  /** So many bytes. */
  async bytes(count: number): Promise<string> {
    while (this.#unread.length < count) await this.#more();
    return this.#take(count);
  }

  /** What was read and not asked for; it is the caller's now. */
  held(): string {
    return this.#take(this.#unread.length);
  }

  /** Settles when the peer has ended its direction; what comes before is thrown away. */
  async ending(): Promise<Ending> {
    this.#unread = "";
    try {
      while (await this.connection.read(this.#buffer) !== null);
      return "end";
    } catch {
      return "reset";
    }
  }

  /** Closes the connection; safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.connection.close();
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  #take(count: number): string {
    const taken = this.#unread.slice(0, count);
    this.#unread = this.#unread.slice(count);
    return taken;
  }

  async #more(): Promise<void> {
    const count = await this.connection.read(this.#buffer);
    if (count === null) {
      throw new Error(`The connection ended after "${this.#unread}"`);
    }
    this.#unread += Buffer.from(this.#buffer.buffer, 0, count)
      .toString("latin1");
  }
}
