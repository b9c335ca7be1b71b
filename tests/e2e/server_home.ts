/**
 * Real servers of a test: a temporary folder with a database, and processes that are started on it one after another.
 * Each listens on a loopback port that the system chose.
 */
import assert from "node:assert/strict";
import {
  type HealthAnswer,
  healthAnswer,
  type RouteAnswer,
  routeAnswer,
} from "../../src/wire/answers.ts";
import { type ClientView, clientViews } from "../../src/wire/client_view.ts";
import {
  type Machine,
  registerMessage,
  statsMessage,
} from "./machine_messages.ts";
import { type OpsenProcess, startOpsen } from "./opsen_process.ts";

/** A folder that is removed at the end, and the servers that live in it. */
export class ServerHome implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "opsen-e2e-" });
  readonly databasePath = `${this.folder}/opsen.db`;

  /** Starts a server on this home's database; `yaml` is its configuration file. */
  async start(yaml = ""): Promise<TestServer> {
    const config = `${this.folder}/server.yml`;
    await Deno.writeTextFile(config, yaml);
    const opsen = await startOpsen([
      ...["server", "--config", config, "--db", this.databasePath],
      ...["--host", "127.0.0.1", "--port", "0", "--log-level", "info"],
    ]);
    return new TestServer(opsen, await portOf(opsen));
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The port that a server says it listens on. */
export async function portOf(opsen: OpsenProcess): Promise<number> {
  await opsen.said(/Listening .*\bport=\d+ /);
  const { stdout, stderr } = opsen.output();
  return Number(/\bport=(\d+) /.exec(stdout + stderr)?.[1]);
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Header fields of a request. */
export type Fields = Readonly<Record<string, string>>;

/** One running server; it is stopped at the end of its scope. */
export class TestServer implements AsyncDisposable {
  readonly process: OpsenProcess;
  readonly port: number;
  readonly url: string;

  constructor(process: OpsenProcess, port: number) {
    this.process = process;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Gets a path. */
  async get(path: string, headers: Fields = {}): Promise<Answer> {
    return await read(await fetch(this.url + path, { headers }));
  }

  /** Posts a message as JSON. */
  async post(
    path: string,
    message: unknown,
    headers: Fields = {},
  ): Promise<Answer> {
    return await read(
      await fetch(this.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(message),
      }),
    );
  }

  /** Asks for a tier. */
  async route(
    tier: string,
    headers: Fields = {},
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<Answer> {
    return await this.post("/route", { tier, ...more }, headers);
  }

  /** Asks for a tier that must be placed. */
  async place(
    tier: string,
    headers: Fields = {},
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<RouteAnswer> {
    const { status, body } = await this.route(tier, headers, more);
    assert.equal(status, 200, JSON.stringify(body));
    return routeAnswer.parse(body);
  }

  /** Registers a machine and reports for it. */
  async join(id: string, machine: Machine = {}): Promise<void> {
    const registered = await this.post(
      "/register",
      registerMessage(id, machine),
    );
    assert.deepEqual(registered, {
      status: 200,
      body: { status: "registered" },
    });
    await this.report(id, machine);
  }

  /** Reports for a machine that is registered. */
  async report(id: string, machine: Machine = {}): Promise<void> {
    const reported = await this.post("/stats", statsMessage(id, machine));
    assert.deepEqual(reported, { status: 200, body: { status: "ok" } });
  }

  /** The fleet by id. */
  async clients(): Promise<ReadonlyMap<string, ClientView>> {
    const { body } = await this.get("/clients");
    return new Map(
      clientViews.parse(body).map((view) => [view.client_id, view]),
    );
  }

  /** What the server says of itself. */
  async health(): Promise<HealthAnswer> {
    return healthAnswer.parse((await this.get("/health")).body);
  }

  /** Ends it as a power cut would: SIGKILL. */
  async cut(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.ended();
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop();
  }
}

async function read(response: Response): Promise<Answer> {
  return { status: response.status, body: await response.json() };
}
