/** A file as it goes into a self-extracting executable: gzipped, and known by its hash. */
import { createHash } from "node:crypto";

/** A packed file. */
export interface Payload {
  /** Path of the packed file. */
  readonly path: string;
  /** Its size in bytes. */
  readonly packedBytes: number;
  /** Size of what is in it, bytes. */
  readonly bytes: number;
  /** SHA-256 of what is in it, in hexadecimal. */
  readonly sha256: string;
}

/** Packs the file at `source` into `path`; `onPart` hears how far it is, from 0 to 1. */
export async function packPayload(
  source: string,
  path: string,
  onPart: (done: number) => void = () => {},
): Promise<Payload> {
  const hash = createHash("sha256");
  const bytes = (await Deno.stat(source)).size;
  let read = 0;
  const meter = new TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >({
    transform(chunk, controller) {
      hash.update(chunk);
      read += chunk.length;
      onPart(read / bytes);
      controller.enqueue(chunk);
    },
  });
  const input = await Deno.open(source);
  const output = await Deno.create(path);
  await input.readable.pipeThrough(meter).pipeThrough(
    new CompressionStream("gzip"),
  ).pipeTo(output.writable);
  return {
    path,
    packedBytes: (await Deno.stat(path)).size,
    bytes: read,
    sha256: hash.digest("hex"),
  };
}
