/**
 * The servers that are attacked: real processes, started when a case first asks for one and shared by the cases of its
 * kind, and the origin behind them all.
 */
import assert from "node:assert/strict";
import {
  type Machine,
  registerMessage,
  statsMessage,
} from "../e2e/machine_messages.ts";
import type { DriverName, Keys } from "../e2e/proxy_stage.ts";
import { ServerHome, type TestServer } from "../e2e/server_home.ts";
import { RecordingOrigin } from "./recording_origin.ts";

/** The key that may do everything on every server of a stage. */
export const OWNER_KEY = "owner-of-the-attacked-fleet";
/** The field that shows it. */
export const OWNER = { "x-api-key": OWNER_KEY };
/** A proxy that servers with {@link TRUSTING} believe; callers come from elsewhere unless they say so. */
export const TRUSTED_IP = "127.0.0.9";
/** Keys of a server behind a proxy. */
export const TRUSTING = { trusted_proxies: [TRUSTED_IP] };

/** Servers of one kind of abuse. */
export class AttackStage implements AsyncDisposable {
  readonly #driver: DriverName | "auto";
  readonly #stack = new AsyncDisposableStack();
  readonly #started = new Map<string, Promise<AttackedServer>>();
  readonly origin: RecordingOrigin;

  /** No server yet; those to come move bytes this way. */
  constructor(driver: DriverName | "auto" = "auto") {
    this.#driver = driver;
    this.origin = this.#stack.use(new RecordingOrigin());
  }

  /** A server with these keys besides {@link OWNER_KEY} and a backend for all paths; the same for the same keys. */
  server(keys: Keys = {}): Promise<AttackedServer> {
    const name = JSON.stringify(keys);
    let server = this.#started.get(name);
    if (server === undefined) {
      server = this.#start(keys);
      this.#started.set(name, server);
    }
    return server;
  }

  /** Keeps something until the stage ends. */
  use<Kept extends AsyncDisposable | Disposable>(kept: Kept): Kept {
    return this.#stack.use(kept);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #start(keys: Keys): Promise<AttackedServer> {
    const home = this.#stack.use(new ServerHome());
    const all = {
      server_key: OWNER_KEY,
      proxy_endpoints: ["/"],
      edge_driver: this.#driver,
      health_check_enabled: false,
      ...keys,
    };
    const yaml = Object.entries(all)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join("");
    const api = this.#stack.use(await home.start(yaml));
    const server = new AttackedServer(api, home);
    if (!("tls_cert_file" in keys)) await server.join("one", this.origin.url);
    return server;
  }
}

/** One server under attack. */
export class AttackedServer {
  readonly api: TestServer;
  readonly home: ServerHome;

  constructor(api: TestServer, home: ServerHome) {
    this.api = api;
    this.home = home;
  }

  get port(): number {
    return this.api.port;
  }

  get url(): string {
    return this.api.url;
  }

  /** Makes a backend known. */
  async join(id: string, url: string, machine: Machine = {}): Promise<void> {
    const registered = await this.api.post(
      "/register",
      { ...registerMessage(id, machine), endpoint_url: url },
      OWNER,
    );
    assert.equal(registered.status, 200, JSON.stringify(registered.body));
    const told = await this.api.post(
      "/stats",
      statsMessage(id, machine),
      OWNER,
    );
    assert.equal(told.status, 200, JSON.stringify(told.body));
  }

  /** Everything that it has logged; the oldest lines may be gone. */
  log(): string {
    const { stdout, stderr } = this.api.process.output();
    return stdout + stderr;
  }

  /** Memory that it holds, octets. */
  memoryBytes(): number {
    const status = Deno.readTextFileSync(
      `/proc/${this.api.process.pid}/status`,
    );
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
  }

  /** Throws unless it answers a normal caller, directly and from its backend. */
  async isWell(): Promise<void> {
    for (const path of ["/health", "/well"]) {
      const response = await fetch(this.url + path);
      const text = await response.text();
      assert.equal(response.status, 200, `${path} afterwards: ${text}`);
    }
    assert.doesNotMatch(this.log(), /Uncaught|panicked/);
  }
}
