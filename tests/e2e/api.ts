/** The API of a server as callers and machines see it. */
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

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Header fields of a request. */
export type Fields = Readonly<Record<string, string>>;

/** The API behind a loopback port. */
export class Api {
  readonly port: number;
  readonly url: string;

  constructor(port: number) {
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
}

async function read(response: Response): Promise<Answer> {
  return { status: response.status, body: await response.json() };
}
