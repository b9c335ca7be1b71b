/** Where callers are, through a whole server: the proxy, `/route`, and a database that is replaced while it runs. */
import assert from "node:assert/strict";
import { type RunningServer, startServer } from "../../src/server.ts";
import { UnusableFileError } from "../../src/server/named_file.ts";
import { decisionsAnswer } from "../../src/wire/decision_answer.ts";
import { serverConfig } from "../config/load_text.ts";
import { Api } from "../e2e/api.ts";
import { registerMessage, statsMessage } from "../e2e/machine_messages.ts";
import { echoOrigin, type Origin } from "../e2e/proxy_origins.ts";
import { FakeLogger } from "../fakes/logger.ts";
import { cityRecord, madeDatabase } from "../geo/made_database.ts";

const FIXTURE = new URL("../fixtures/geo/places.mmdb", import.meta.url);
const MACHINES = {
  paris: [48.85, 2.35],
  tokyo: [35.68, 139.65],
  sydney: [-33.87, 151.21],
} as const;

/** A folder with a copy of the database, a backend in each of three cities, and the server in front of them. */
class Stage implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly path = `${this.folder}/places.mmdb`;
  readonly logger = new FakeLogger();
  readonly #parts = new AsyncDisposableStack();
  #server: RunningServer | undefined;

  constructor() {
    this.#parts.defer(() => Deno.remove(this.folder, { recursive: true }));
    Deno.copyFileSync(FIXTURE, this.path);
  }

  get server(): RunningServer {
    assert.ok(this.#server);
    return this.#server;
  }

  get api(): Api {
    return new Api(this.server.address.port);
  }

  async config(more = "") {
    return await serverConfig([
      ...["host: 127.0.0.1", "port: 0", "rate_limit_per_minute: 0"],
      ...["proxy_endpoints: [/]", "trusted_proxies: [127.0.0.1]"],
      ...["routing: {mode: classic}", `geoip_db_path: ${this.path}`],
      more,
    ].join("\n"));
  }

  async start(more = ""): Promise<void> {
    this.#server = this.#parts.use(
      await startServer(await this.config(more), {
        ...{ logger: this.logger, databasePath: ":memory:" },
      }),
    );
    for (const [id, at] of Object.entries(MACHINES)) {
      const to = this.keep(echoOrigin(id));
      const registration = {
        ...registerMessage(id, { at }),
        endpoint_url: to.url,
      };
      const { status } = await this.api.post("/register", registration);
      assert.equal(status, 200);
      await this.api.post("/stats", statsMessage(id, { at }));
    }
  }

  keep(origin: Origin): Origin {
    return this.#parts.use(origin);
  }

  /** Which backend a proxied request of this caller reaches. */
  async proxied(forwardedFor?: string): Promise<unknown> {
    const headers = forwardedFor === undefined
      ? undefined
      : { "x-forwarded-for": forwardedFor };
    return (await this.api.get("/work", headers)).body.backend;
  }

  /** Which backend `/route` answers. */
  async routed(more: Record<string, unknown>): Promise<string> {
    return (await this.api.place("lite", {}, more)).client_id;
  }

  /** Where the caller of the last decision was. */
  async lastPlace(): Promise<unknown> {
    const { body } = await this.api.get("/_opsen/decisions?limit=1");
    return decisionsAnswer.parse(body).decisions[0]?.place;
  }

  /** Replaces the database, and has the server look at it, as a reload does. */
  async replace(content: Uint8Array): Promise<void> {
    Deno.writeFileSync(`${this.folder}/next`, content);
    Deno.renameSync(`${this.folder}/next`, this.path);
    await this.server.prepare(await this.config());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

Deno.test("callers are sent to the machine that is near their own address, through the proxy and by /route", async () => {
  await using stage = new Stage();
  await stage.start();
  // In order: Paris, Tokyo, Sydney, and one that holds an IPv4 address of Paris.
  const nearest = {
    "37.187.1.1": "paris",
    "133.1.2.3": "tokyo",
    "1.130.0.1": "sydney",
    "::ffff:37.187.1.1": "paris",
  };
  for (const [ip, id] of Object.entries(nearest)) {
    assert.equal(await stage.proxied(ip), id);
    assert.equal(await stage.routed({ client_ip: ip }), id);
  }
  // What the caller wrote himself stands left of what the trusted proxy saw.
  assert.equal(await stage.proxied("37.187.1.1, 133.1.2.3"), "tokyo");
  const told = { client_ip: "133.1.2.3", client_lat: 48.8, client_lon: 2.3 };
  assert.equal(await stage.routed(told), "paris");
});

Deno.test("addresses without a place are placed as before, and private ones by the server's own place where that is wanted", async () => {
  await using stage = new Stage();
  await stage.start();
  for (const client_ip of ["10.1.2.3", "203.0.113.1", "62.5.0.1", ""]) {
    await stage.routed({ client_ip });
    assert.equal(await stage.lastPlace(), undefined, client_ip);
  }
  await stage.proxied("192.168.0.9");
  assert.equal(await stage.lastPlace(), undefined);
  const home =
    "geoip_private_is_local: true\nlatitude: -33.9\nlongitude: 151.2";
  const near = await stage.server.prepare(await stage.config(home));
  near.apply();
  assert.equal(await stage.routed({ client_ip: "10.1.2.3" }), "sydney");
  assert.equal(await stage.proxied("192.168.0.9"), "sydney");
  assert.equal(await stage.proxied(), "sydney");
  assert.equal(await stage.routed({ client_ip: "37.187.1.1" }), "paris");
});

Deno.test("a database that is renamed over the old one changes the answers of a running server, and a damaged one changes nothing", async () => {
  await using stage = new Stage();
  await stage.start();
  const client_ip = "37.187.1.1";
  assert.equal(await stage.routed({ client_ip }), "paris");
  const moved = madeDatabase({
    networks: [["37.187.0.0/16", cityRecord(-33.8, 151.2, "AU", "Sydney")]],
  });
  await stage.replace(moved);
  assert.equal(await stage.routed({ client_ip }), "sydney");
  assert.equal(await stage.proxied(client_ip), "sydney");
  await stage.replace(moved.subarray(0, moved.length / 2));
  assert.equal(await stage.routed({ client_ip }), "sydney");
  const [warning, ...others] = stage.logger.messages("warn")
    .filter((message) => message.includes("GeoIP"));
  assert.match(warning ?? "", /the old one is kept/);
  assert.deepEqual(others, []);
  await stage.replace(Deno.readFileSync(FIXTURE));
  assert.equal(await stage.proxied(client_ip), "paris");
});

Deno.test("a configuration with another database that can't be used is refused as a whole", async () => {
  await using stage = new Stage();
  await stage.start();
  const path = `${stage.folder}/none.mmdb`;
  const next = await serverConfig(`geoip_db_path: ${path}\n`);
  await assert.rejects(stage.server.prepare(next), (error) => {
    assert.ok(error instanceof UnusableFileError);
    assert.match(error.message, /^geoip_db_path: .*none\.mmdb": no such file$/);
    return true;
  });
  assert.equal(await stage.proxied("133.1.2.3"), "tokyo");
});

Deno.test("a server starts without its database, says so, and places callers", async () => {
  await using stage = new Stage();
  Deno.removeSync(stage.path);
  await stage.start();
  assert.match(stage.logger.messages("warn").join("\n"), /No usable GeoIP/);
  await stage.routed({ client_ip: "133.1.2.3" });
  assert.equal(await stage.lastPlace(), undefined);
  await stage.replace(Deno.readFileSync(FIXTURE));
  assert.equal(await stage.routed({ client_ip: "133.1.2.3" }), "tokyo");
});
