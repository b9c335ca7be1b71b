/**
 * Real servers of a test: a temporary folder with a database, and processes that are started on it one after another.
 * Each listens on a loopback port that the system chose.
 */
import { Api } from "./api.ts";
import { type OpsenProcess, startOpsen } from "./opsen_process.ts";

/** A folder that is removed at the end, and the servers that live in it. */
export class ServerHome implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "opsen-e2e-" });
  readonly databasePath = `${this.folder}/opsen.db`;

  /** Starts a server on this home's database; `yaml` is its configuration file, `env` what its environment adds. */
  async start(
    yaml = "",
    env: Readonly<Record<string, string>> = {},
  ): Promise<TestServer> {
    const config = `${this.folder}/server.yml`;
    // A test calls from one address, as often as it likes.
    const isLimited = /^rate_limit_per_minute:/m.test(yaml);
    const limit = isLimited ? "" : "rate_limit_per_minute: 0\n";
    // A flag would stand above the file.
    const level = /^log_level:/m.test(yaml) ? [] : ["--log-level", "info"];
    await Deno.writeTextFile(config, limit + yaml);
    const opsen = await startOpsen([
      ...["server", "--config", config, "--db", this.databasePath],
      ...["--host", "127.0.0.1", "--port", "0", ...level],
    ], { env });
    return new TestServer(opsen, await portOf(opsen));
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The port that a server says it listens on. */
export async function portOf(opsen: OpsenProcess): Promise<number> {
  // Lines for people and for machines.
  const words = /Listening\b.*\bport(?:=|":)(\d+)[ ,]/;
  await opsen.said(words);
  const { stdout, stderr } = opsen.output();
  return Number(words.exec(stdout + stderr)?.[1]);
}

/** One running server; it is stopped at the end of its scope. */
export class TestServer extends Api implements AsyncDisposable {
  readonly process: OpsenProcess;

  constructor(process: OpsenProcess, port: number) {
    super(port);
    this.process = process;
  }

  /** Ends it as a power cut would: SIGKILL. */
  async cut(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.ended();
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}
