/**
 * The world that the guides speak of, small and on loopback: a server with two backends, a key, a session with a lease,
 * `opsen` on the path, and harmless stand-ins for what belongs to a whole machine. Names of the guides become those of
 * this world: hosts, folders, ids.
 */
import assert from "node:assert/strict";
import program from "../../deno.json" with { type: "json" };
import { freePort } from "../free_port.ts";
import { GeoipHome } from "../cli/geoip_home.ts";
import { registerMessage, statsMessage } from "../e2e/machine_messages.ts";
import { opsenCommand } from "../e2e/opsen_process.ts";
import { ServerHome, type TestServer } from "../e2e/server_home.ts";

const KEY = "change-me";
const AS_OWNER = { "x-api-key": KEY };
/** The backends of the guides. */
const BACKENDS = ["c0ffee-7", "c0ffee-8"];
/** Folders that the guides name, which stand inside of the world's. */
const FOLDERS = [
  "/var/lib/opsen",
  "/var/backups",
  "/etc/opsen",
  "/opt/opsen",
  "/backup",
];
/** Programs that would change the machine, or that it may not have; they take anything and do nothing. */
const STAND_INS = [
  "apt",
  "deno",
  "docker",
  "dpkg",
  "nginx",
  "npx",
  "nvidia-smi",
  "systemctl",
  "systemd-run",
  "tar",
  "sha256sum",
];

/** How a script ended. */
export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** The world of one guide. */
export class World implements AsyncDisposable {
  readonly #home: ServerHome;
  readonly #geoip: GeoipHome;
  readonly server: TestServer;
  readonly #folder: string;
  readonly #endpointPort = freePort();
  #lease = "";
  #request = "";

  private constructor(
    home: ServerHome,
    server: TestServer,
    geoip: GeoipHome,
  ) {
    this.#home = home;
    this.server = server;
    this.#geoip = geoip;
    this.#folder = `${home.folder}/world`;
  }

  /** A world with everything in it. */
  static async open(): Promise<World> {
    const home = new ServerHome();
    const server = await home.start(
      `server_key: ${KEY}\nsticky_header: X-Session-ID\nhealth_check_enabled: false\n`,
    );
    const world = new World(home, server, await GeoipHome.open());
    await world.#furnish();
    return world;
  }

  /** Runs the commands of a block in a shell. */
  async run(code: string): Promise<Ran> {
    const child = this.#spawn(code);
    const { code: exit, stdout, stderr } = await child.output();
    return { code: exit, output: text(stdout) + text(stderr) };
  }

  /** Runs a command that goes on by itself, until it is seen to work, and ends it. */
  async runUntil(code: string, isThere: () => Promise<boolean>): Promise<void> {
    const child = this.#spawn(`exec env ${code}`);
    const output = Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    let isOver = false;
    const status = child.status.then((status) => (isOver = true, status));
    const deadline = performance.now() + PATIENCE_MS;
    let isSeen = false;
    while (!isOver && !isSeen && performance.now() < deadline) {
      isSeen = await isThere().catch(() => false);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (!isOver) child.kill("SIGTERM");
    await status;
    assert.ok(isSeen, `${code}\n${(await output).join("")}`);
  }

  /** Where a server that a guide starts answers. */
  get ownServerUrl(): string {
    return `http://127.0.0.1:${this.#endpointPort}/health`;
  }

  /** The text with the world's names in it. */
  named(code: string): string {
    const { port } = this.server;
    let named = code
      .replaceAll(/https?:\/\/decider:8\d\d\d/g, `http://127.0.0.1:${port}`)
      .replaceAll("decider:8080", `127.0.0.1:${port}`)
      .replaceAll("http://127.0.0.1:8080", `http://127.0.0.1:${port}`)
      .replaceAll(
        "http://10.0.0.7:8000",
        `http://127.0.0.1:${this.#endpointPort}`,
      )
      .replaceAll("112kmazyvsy", this.#lease)
      .replaceAll("REQUEST_ID", this.#request)
      .replaceAll(/--deadline \w+/g, "--deadline 2s");
    const folders = new RegExp(FOLDERS.join("|"), "g");
    named = named.replaceAll(folders, (folder) => this.#folder + folder);
    return named;
  }

  /** A lease and a decision that a block may speak of. */
  async decide(): Promise<void> {
    const { body } = await this.server.route("small", {
      ...AS_OWNER,
      "X-Session-ID": "alice",
    });
    this.#lease = String(body.lease_id);
    const { body: list } = await this.server.get(
      "/_opsen/decisions?limit=1",
      AS_OWNER,
    );
    const [latest] = list.decisions as readonly { request_id: string }[];
    this.#request = latest?.request_id ?? "";
  }

  /** Puts both backends back into service, with fresh reports. */
  async refresh(): Promise<void> {
    for (const id of BACKENDS) {
      const message = registerMessage(id, { at: [48.8, 2.3] });
      await this.server.post("/register", message, AS_OWNER);
      await this.server.post("/stats", statsMessage(id), AS_OWNER);
      const undrain = `/_opsen/backends/${id}/undrain`;
      await this.server.post(undrain, {}, AS_OWNER);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.#geoip[Symbol.asyncDispose]();
    await this.#home[Symbol.asyncDispose]();
  }

  async #furnish(): Promise<void> {
    for (const folder of FOLDERS) {
      await Deno.mkdir(this.#folder + folder, { recursive: true });
    }
    const bin = `${this.#folder}/bin`;
    await Deno.mkdir(bin);
    const opsen = opsenCommand().map(quoted).join(" ");
    const script = (body: string) => `#!/bin/sh\n${body}\n`;
    const programs: Record<string, string> = {
      opsen: `case "$1 $2" in
"geoip download") exec ${opsen} "$@" --url ${this.#geoip.url};;
"install "*) exec ${opsen} $(echo "$@" | sed 's/ --enable//; s/ --now//') --executable ${bin}/opsen --root ${this.#folder}/root;;
"server --"*) exec ${opsen} "$@" --host 127.0.0.1 --port ${this.#endpointPort};;
*) exec ${opsen} "$@";;
esac`,
      sudo: 'exec "$@"',
      sqlite3: `exec ${quoted(Deno.execPath())} eval --no-lock ${
        quoted(SQLITE)
      } "$@"`,
      ...Object.fromEntries(STAND_INS.map((name) => [name, "exit 0"])),
    };
    for (const [name, body] of Object.entries(programs)) {
      await Deno.writeTextFile(`${bin}/${name}`, script(body), { mode: 0o755 });
    }
    const world = this.#folder;
    const unpacked = `${world}/opsen-${program.version}-linux-x64/bin`;
    await Deno.mkdir(unpacked, { recursive: true });
    await Deno.symlink(`${bin}/opsen`, `${unpacked}/opsen`);
    await Deno.mkdir(`${world}/root`);
    await Deno.writeTextFile(`${world}/key`, `${KEY}\n`);
    await Deno.writeTextFile(`${world}/server.yml`, "port: 8080\n");
    await Deno.writeTextFile(`${world}/etc/opsen/server.yml`, "port: 8080\n");
    for (const folder of ["/var/lib/opsen", "/opt/opsen"]) {
      const database = `${world}${folder}/opsen.db`;
      await Deno.copyFile("tests/fixtures/go-opsen.db", database);
    }
    const places = `${world}/var/lib/opsen/GeoLite2-City.mmdb`;
    await Deno.copyFile("tests/fixtures/geo/places.mmdb", places);
    await this.refresh();
    // A second version, so that one can be brought back.
    const config = `${this.#home.folder}/server.yml`;
    await Deno.writeTextFile(config, "stale_minutes: 6\n", { append: true });
    await this.server.post("/_opsen/config/reload", {}, AS_OWNER);
    const ci = { name: "ci", scopes: ["route", "read"] };
    await this.server.post("/_opsen/keys", ci, AS_OWNER);
    const { body } = await this.server.post("/_opsen/tokens", {}, AS_OWNER);
    const enrol = { token: body.secret, client_id: "c0ffee-7" };
    await this.server.post("/_opsen/enrol", enrol);
  }

  #spawn(code: string): Deno.ChildProcess {
    const { HOME = "", PATH = "", DENO_DIR, OPSEN_BIN } = Deno.env.toObject();
    return new Deno.Command("timeout", {
      args: [
        String(PATIENCE_MS / 1000),
        "bash",
        "-euxo",
        "pipefail",
        "-c",
        this.named(code),
      ],
      cwd: this.#folder,
      clearEnv: true,
      env: {
        PATH: `${this.#folder}/bin:${PATH}`,
        HOME: this.#folder,
        XDG_STATE_HOME: `${this.#folder}/state`,
        // Where the runtime keeps what it has loaded.
        DENO_DIR: DENO_DIR ?? `${HOME}/.cache/deno`,
        ...(OPSEN_BIN !== undefined && { OPSEN_BIN }),
        NO_COLOR: "1",
        OPSEN_SKIP_GEOLOCATION: "true",
        OPSEN_SERVER_URL: this.server.url,
        OPSEN_API_KEY: KEY,
        OPSEN_SERVER_KEY: KEY,
        OPSEN_DATABASE: `${this.#folder}/var/lib/opsen/opsen.db`,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }
}

const PATIENCE_MS = 20_000;

/** `sqlite3 FILE SQL`, for machines without it. */
const SQLITE =
  'import { DatabaseSync } from "node:sqlite"; new DatabaseSync(Deno.args[0]).exec(Deno.args[1]);';

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
