/** Archives as MaxMind makes them, and as nobody should: tar by hand, because the tests want what no tool writes. */

/** A member of an archive. */
export interface Member {
  readonly name: string;
  readonly content?: Uint8Array | string;
  /** Type flag; a regular file when absent. */
  readonly type?: string;
  /** Size as the header states it, where that is not the content's. */
  readonly size?: number;
}

const BLOCK_BYTES = 512;
const FIXTURE = new URL("../fixtures/geo/places.mmdb", import.meta.url);

/** The database of the tests. */
export function places(): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(FIXTURE);
}

/** The members that MaxMind's archives have, around this database. */
export function membersAround(database: Uint8Array): readonly Member[] {
  const folder = "GeoLite2-City_20260101/";
  return [
    { name: folder, type: "5" },
    { name: `${folder}COPYRIGHT.txt`, content: "Copyright\n" },
    { name: `${folder}GeoLite2-City.mmdb`, content: database },
    { name: `${folder}LICENSE.txt`, content: "x".repeat(BLOCK_BYTES) },
  ];
}

/** The octets of a tar archive. */
export function tarOf(members: readonly Member[]): Uint8Array<ArrayBuffer> {
  const blocks = members.flatMap((member) => {
    const content = contentOf(member);
    const filling = (BLOCK_BYTES - content.length % BLOCK_BYTES) % BLOCK_BYTES;
    return [headerOf(member), content, new Uint8Array(filling)];
  });
  return joined([...blocks, new Uint8Array(2 * BLOCK_BYTES)]);
}

/** The octets, packed. */
export async function gzip(
  octets: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([octets]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** SHA-256, in small hexadecimal digits. */
export async function sha256(
  octets: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", octets);
  return new Uint8Array(digest).toHex();
}

/** The pieces as one. */
export function joined(
  pieces: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const octets = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    octets.set(piece, at);
    at += piece.length;
  }
  return octets;
}

function contentOf({ content = "" }: Member): Uint8Array {
  return typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
}

function headerOf(member: Member): Uint8Array {
  const header = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string) =>
    header.set(new TextEncoder().encode(text), at);
  const size = member.size ?? contentOf(member).length;
  put(0, member.name);
  put(100, "0000644\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(148, " ".repeat(8));
  put(156, member.type ?? "0");
  if (member.type === "2") put(157, "../../etc/passwd");
  put(257, "ustar\x0000");
  const sum = header.reduce((sum, octet) => sum + octet, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}
