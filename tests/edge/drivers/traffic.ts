/** Bytes that can be told apart, and peers that send and read them. */
import type { Socket } from "../../../src/edge/driver.ts";

/** Long enough for everything on one machine that is under way to have arrived. */
export const SETTLE_MS = 50;

/** What is offered in one call: more than a driver should take at once. */
const OFFER_BYTES = 1024 * 1024;

/** Bytes without a period that a buffer's size could hide. */
export function pattern(count: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  let state = seed;
  for (let at = 0; at < count; at++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** Text as bytes. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Sends all. */
export async function send(
  peer: Deno.Conn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await peer.write(bytes.subarray(at));
  }
}

/** Reads to the end. */
export async function readAll(peer: Deno.Conn): Promise<Uint8Array> {
  const { bytes, reason } = await readUntilOver(peer);
  if (reason === "reset") throw new Error("The connection was reset");
  return bytes;
}

/** Reads until the end or a failure. */
export async function readUntilOver(
  peer: Deno.Conn,
): Promise<
  { readonly bytes: Uint8Array; readonly reason: "end" | "reset" }
> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const buffer = new Uint8Array(64 * 1024);
  let reason: "end" | "reset" = "end";
  try {
    for (
      let count = await peer.read(buffer);
      count !== null;
      count = await peer.read(buffer)
    ) chunks.push(buffer.slice(0, count));
  } catch {
    reason = "reset";
  }
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return { bytes, reason };
}

/** Reads exactly so many bytes. */
export async function readExactly(
  peer: Deno.Conn,
  count: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const read = await peer.read(bytes.subarray(at));
    if (read === null) throw new Error(`The end came after ${at} bytes`);
    at += read;
  }
  return bytes;
}

/** Writes through a socket what does not fit at once: call it first and at every `onWritable`. */
export class Feeder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #wasCutShort = false;

  /** Of these bytes. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether some write did not take all. */
  get wasCutShort(): boolean {
    return this.#wasCutShort;
  }

  /** Whether all was taken. */
  get isDone(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Offers the rest; what is offered is a copy that is overwritten at once. */
  feed(socket: Socket): void {
    while (!this.isDone) {
      const offer = this.#bytes.slice(this.#at, this.#at + OFFER_BYTES);
      const taken = socket.write(offer, 0, offer.length);
      offer.fill(0xee);
      this.#at += taken;
      if (taken === offer.length) continue;
      this.#wasCutShort = true;
      return;
    }
  }
}

/** Gives everything that is under way on this machine time to arrive. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}
