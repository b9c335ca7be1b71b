/** A reloader over a real folder, with a URL, a clock and a server in the hands of a test. */
import assert from "node:assert/strict";
import { readLimitedFile } from "../../src/cli/read_limited_file.ts";
import type { ServerConfig } from "../../src/config/server_keys.ts";
import type { ServerEvent } from "../../src/ports.ts";
import { Reloader } from "../../src/reload/reloader.ts";
import type {
  DocumentAnswer,
  DocumentAsk,
} from "../../src/reload/request_document.ts";
import { chooseStart, type StartChoice } from "../../src/reload/start.ts";
import { UrlSource } from "../../src/reload/url_source.ts";
import type { ReloadOutcome } from "../../src/wire/reload_outcome.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLogger } from "../fakes/logger.ts";

/** One machine: its file system, the URL, and the server that runs on it, which can be started again. */
export class ReloadWorld implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly path = `${this.folder}/server.yml`;
  readonly database = `${this.folder}/opsen.db`;
  readonly clock = new FakeClock();
  readonly logger = new FakeLogger();
  readonly events: ServerEvent[] = [];
  /** What was told for the audit trail. */
  readonly outcomes: ReloadOutcome[] = [];
  /** Every configuration that was put into force, the first at start not among them. */
  readonly applied: ServerConfig[] = [];
  /** Hashes of files that the server loaded by itself. */
  readonly fileHashes = new Map<string, string>();
  /** What the next preparation does before it succeeds. */
  onPrepare: (
    config: ServerConfig,
    mayOpen: boolean,
  ) => void | Promise<void> = () => {};
  /** What the next application does before it succeeds. */
  onApply: () => void = () => {};
  /** What the URL answers. */
  onRequest: (ask: DocumentAsk) => DocumentAnswer = () => nothing("no host");
  readonly asks: DocumentAsk[] = [];

  constructor(text = "port: 1\n") {
    this.write(text);
  }

  /** Replaces the file. */
  write(text: string): void {
    Deno.writeTextFileSync(this.path, text);
  }

  /** The URL answers with this document. */
  serve(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.onRequest = () => ({ kind: "document", bytes, etag: undefined });
  }

  /** What a server would start with. */
  async choose(
    env: Readonly<Record<string, string>> = {},
  ): Promise<Awaited<ReturnType<typeof chooseStart>>> {
    return await chooseStart({
      input: {
        configPath: this.path,
        flags: [],
        env: (name) => env[name],
        readFile: readLimitedFile,
      },
      url: new UrlSource((ask) => {
        this.asks.push(ask);
        return Promise.resolve(this.onRequest(ask));
      }),
      folderFor: () => `${this.database}-config`,
    });
  }

  /** Starts the server; its file must be valid. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<Started> {
    const start = await this.choose(env);
    assert.ok(start.kind === "loaded", JSON.stringify(start));
    const { logger, clock } = this;
    const reloader = await Reloader.start({
      start,
      logger,
      clock,
      events: { emit: (event) => void this.events.push(event) },
      fileHashes: () => this.fileHashes,
      onOutcome: (outcome) => void this.outcomes.push(outcome),
      prepare: async (config, mayOpen) => {
        await this.onPrepare(config, mayOpen);
        return {
          apply: () => {
            this.onApply();
            this.applied.push(config);
          },
        };
      },
    });
    return { reloader, start };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A server that runs. */
export interface Started {
  readonly reloader: Reloader;
  readonly start: StartChoice;
}

/** The URL doesn't answer. */
export function nothing(reason: string): DocumentAnswer {
  return { kind: "failed", reason };
}
