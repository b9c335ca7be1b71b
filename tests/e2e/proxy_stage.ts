/**
 * Real servers in front of real origins, once with each driver of the data path. What a test started is ended with it:
 * the server first, so that no origin waits for a connection that nobody uses.
 */
import assert from "node:assert/strict";
import {
  type Machine,
  registerMessage,
  statsMessage,
} from "./machine_messages.ts";
import type { Origin, Seen } from "./proxy_origins.ts";
import { ServerHome, type TestServer } from "./server_home.ts";

/** A way to move bytes, as `edge_driver` names it. */
export type DriverName = "epoll" | "deno";

/** Those of this system. */
export const DRIVERS: readonly DriverName[] = Deno.build.os === "linux"
  ? ["epoll", "deno"]
  : ["deno"];

/** Configuration of a server under the names of its file. */
export type Keys = Readonly<Record<string, unknown>>;

/** A backend: a machine, and where it is reached. */
export interface Backend extends Machine {
  readonly at?: never;
  /** The origin or URL that requests are sent to. */
  readonly to: Origin | string;
  /** Further URLs, by path. */
  readonly endpoints?: readonly {
    readonly url: string;
    readonly paths: readonly string[];
  }[];
}

/** A test that runs once with each driver. */
export function proxyTest(
  name: string,
  run: (stage: ProxyStage) => Promise<void>,
): void {
  for (const driver of DRIVERS) {
    Deno.test(`${name} (${driver})`, async () => {
      await using stage = new ProxyStage(driver);
      await run(stage);
    });
  }
}

/** One test's servers and origins. */
export class ProxyStage implements AsyncDisposable {
  readonly driver: DriverName;
  readonly home = new ServerHome();
  readonly #origins = new AsyncDisposableStack();
  readonly #servers = new AsyncDisposableStack();

  /** Servers with this driver. */
  constructor(driver: DriverName) {
    this.driver = driver;
  }

  /** Ends the origin with the test. */
  keep<Kept extends Origin>(origin: Kept): Kept {
    return this.#origins.use(origin);
  }

  /** Starts a server that proxies every path unless `keys` say otherwise; the next one finds its database. */
  async start(keys: Keys = {}): Promise<TestServer> {
    return this.#servers.use(await this.home.start(this.yaml(keys)));
  }

  /** Starts a server with these backends. */
  async startWith(
    backends: Readonly<Record<string, Backend>>,
    keys: Keys = {},
  ): Promise<TestServer> {
    const server = await this.start(keys);
    for (const [id, backend] of Object.entries(backends)) {
      await join(server, id, backend);
    }
    return server;
  }

  /** The configuration that {@link start} uses; JSON values are YAML too. */
  yaml(keys: Keys): string {
    const all = {
      proxy_endpoints: ["/"],
      edge_driver: this.driver,
      ...keys,
    };
    return Object.entries(all)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join("");
  }

  /** Ends all that was started. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#servers.disposeAsync();
    await this.#origins.disposeAsync();
    await this.home[Symbol.asyncDispose]();
  }
}

/** Registers a backend and reports for it. */
export async function join(
  server: TestServer,
  id: string,
  { to, endpoints, ...machine }: Backend,
): Promise<void> {
  const { status, body } = await server.post("/register", {
    ...registerMessage(id, machine),
    endpoint_url: typeof to === "string" ? to : to.url,
    ...(endpoints !== undefined && { endpoints }),
  });
  assert.equal(status, 200, JSON.stringify(body));
  const reported = await server.post("/stats", statsMessage(id, machine));
  assert.equal(reported.status, 200);
}

/** What the origin saw of a request, and the answer's own fields. */
export async function call(
  server: TestServer,
  path: string,
  init: RequestInit = {},
): Promise<{ readonly seen: Seen; readonly response: Response }> {
  const response = await fetch(server.url + path, init);
  const body = await response.text();
  assert.equal(response.status, 200, body);
  return { seen: JSON.parse(body), response };
}

/** A refusal: its status and its code. */
export async function refusal(
  server: TestServer,
  path: string,
  init: RequestInit = {},
): Promise<readonly [status: number, code: string]> {
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  assert.equal(
    response.headers.get("content-type"),
    "application/problem+json",
    text,
  );
  return [response.status, JSON.parse(text).code];
}
