/** Stands in for the service on the Internet that tells a machine where it is. */

/** What the service says of a machine in Paris, with some of the fields that nobody reads. */
export const PARIS_ANSWER = {
  ip: "198.51.101.7",
  version: "IPv4",
  city: "Paris",
  country: "FR",
  country_code: "FR",
  country_name: "France",
  latitude: 48.8566,
  longitude: 2.3522,
  timezone: "Europe/Paris",
};

/** That place. */
export const PARIS = {
  latitude: 48.8566,
  longitude: 2.3522,
  country: "FR",
  city: "Paris",
};

/** Listens on a free port of the loopback interface and counts what it is asked. */
export class PlaceServer implements AsyncDisposable {
  /** Paths of all requests. */
  readonly asked: string[] = [];
  /** What to answer from now on. */
  answer: () => Response | Promise<Response> = () =>
    Response.json(PARIS_ANSWER);
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      onError: () => new Response(null, { status: 500 }),
    }, (request) => {
      this.asked.push(new URL(request.url).pathname);
      return this.answer();
    });
  }

  /** Host and port, by which the log names it. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  get url(): string {
    return `http://${this.host}/json/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
