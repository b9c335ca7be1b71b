/** A server that hands out databases as MaxMind does, and a folder to download into, for the tests of `opsen geoip`. */
import {
  gzip,
  membersAround,
  places,
  sha256,
  tarOf,
} from "./geoip_archives.ts";

/** The licence key of the tests; it must never be shown. */
export const KEY = "aB3_secret/Key+9";

/** What the server was asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | null;
}

/** Answers what it wants to answer otherwise than usual; undefined for the usual answer. */
export type Twist = (
  request: Request,
  url: URL,
) => Response | Promise<Response> | undefined;

/** What is handed out. */
export interface Goods {
  readonly archive: Uint8Array<ArrayBuffer>;
  readonly checksum: string;
}

/** A good archive of the database of the tests. */
export async function goodGoods(): Promise<Goods> {
  return await goodsOf(await gzip(tarOf(membersAround(places()))));
}

/** An archive and its right checksum. */
export async function goodsOf(
  archive: Uint8Array<ArrayBuffer>,
): Promise<Goods> {
  return { archive, checksum: await sha256(archive) };
}

/** The server and the folder. */
export class GeoipHome implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly asked: Asked[] = [];
  readonly url: string;
  readonly output = `${this.folder}/GeoLite2-City.mmdb`;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(goods: Goods, twist: Twist) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        const url = new URL(request.url);
        this.asked.push({
          method: request.method,
          path: url.pathname,
          query: url.searchParams,
          authorization: request.headers.get("authorization"),
        });
        return twist(request, url) ?? usual(url, goods);
      },
    );
    this.url = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Opens both. */
  static async open(
    twist: Twist = () => undefined,
    goods?: Goods,
  ): Promise<GeoipHome> {
    return new GeoipHome(goods ?? await goodGoods(), twist);
  }

  /** Arguments of a download from here to here, without a key. */
  get args(): string[] {
    return ["geoip", "download", "--url", this.url, "--output", this.output];
  }

  /** What lies in the folder. */
  names(): string[] {
    return [...Deno.readDirSync(this.folder)].map(({ name }) => name).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

function usual(url: URL, { archive, checksum }: Goods): Response {
  return url.searchParams.get("suffix") === "tar.gz.sha256"
    ? new Response(`${checksum}  GeoLite2-City_20260101.tar.gz\n`)
    : new Response(archive, {
      headers: { "last-modified": "Thu, 01 Jan 2026 10:00:00 GMT" },
    });
}
