/** Everything that runs in one phase of the drill: a folder, a server, the fleet. Ends it all, whatever happened. */
import { DrillServer } from "./drill_server.ts";
import { freePort } from "../free_port.ts";
import {
  type Certificate,
  issuedFor,
} from "../edge/drivers/deno/certificates.ts";
import { Member } from "./member.ts";

/** Backends of the fleet, each with its client. */
export const MEMBERS = 5;
/** Field that holds the id of a session. */
export const SESSION_FIELD = "X-Session-ID";
/** Prefix of the paths that go to backends. */
export const APP_PATH = "/app/";
/** What everything asks for. */
export const TIER = "seat";
/** How long a booking lives that nobody confirms. */
export const HOLD_SECONDS = 60;
/** How long a backend may take to answer. */
export const REQUEST_TIMEOUT_SECONDS = 2;

/** How callers reach the server: by plain HTTP with the epoll driver, or by TLS with Deno's sockets. */
export type PhaseKind = "plain" | "tls";

/** A certificate with who vouches for it. */
export type Issued = Certificate & { readonly authority: string };

/** The running parts of a phase. */
export interface Stage extends AsyncDisposable {
  readonly server: DrillServer;
  readonly members: readonly Member[];
  /** Trusts both certificates; undefined without TLS. */
  readonly client: Deno.HttpClient | undefined;
  /** The certificate in use and the one to swap it for; none without TLS. */
  readonly certificates: readonly Issued[];
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Fleets settle within a few reports. */
const SETTLE_MS_MAX = 60_000;
const POLL_MS = 200;

/** Starts it all; settles when every backend can be chosen. */
export async function openStage(
  kind: PhaseKind,
  binary: string | undefined,
  signal: AbortSignal,
): Promise<Stage> {
  await using building = new AsyncDisposableStack();
  const folder = Deno.makeTempDirSync({ prefix: "opsen-drill-" });
  building.defer(() => Deno.removeSync(folder, { recursive: true }));
  const certificates = kind === "plain"
    ? []
    : [await issuedFor("localhost"), await issuedFor("localhost")];
  const client = kind === "plain" ? undefined : building.use(
    Deno.createHttpClient({
      caCerts: certificates.map(({ authority }) => authority),
    }),
  );
  const port = freePort();
  const server = building.use(
    new DrillServer({ folder, port, binary, tls: client }),
  );
  const certificateFile = `${folder}/cert.pem`;
  const keyFile = `${folder}/key.pem`;
  const [first] = certificates;
  if (first !== undefined) {
    Deno.writeTextFileSync(certificateFile, first.cert);
    Deno.writeTextFileSync(keyFile, first.key);
  }
  const keys = {
    ...settings(kind),
    port,
    database: server.databaseFile,
    ...(first && { tls_cert_file: certificateFile, tls_key_file: keyFile }),
  };
  Deno.writeTextFileSync(server.configFile, yamlOf(keys));
  const members = Array.from({ length: MEMBERS }, (_, index) => {
    const id = `b${index + 1}`;
    const place = { id, folder: `${folder}/${id}`, serverUrl: server.url };
    return building.use(new Member(place));
  });
  await Promise.all([
    server.start(),
    ...members.map((member) => member.startBackend()),
  ]);
  await Promise.all(members.map((member) => member.startClient()));
  await settled(server, signal);

  const running = building.move();
  return {
    server,
    members,
    client,
    certificates,
    certificateFile,
    keyFile,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** JSON values are YAML too. */
export function yamlOf(keys: Readonly<Record<string, unknown>>): string {
  return Object.entries(keys)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join("");
}

/** What a careful operator sets for a fleet that must notice within seconds; ejection is left as it is. */
function settings(kind: PhaseKind): Readonly<Record<string, unknown>> {
  return {
    host: "127.0.0.1",
    edge_driver: kind === "plain" ? "auto" : "deno",
    sticky_header: SESSION_FIELD,
    proxy_endpoints: [APP_PATH],
    default_tier: TIER,
    tiers: [{ name: TIER, vcpu: 1, memory_gb: 0.5 }],
    pending_allocation_timeout_seconds: HOLD_SECONDS,
    request_timeout_seconds: REQUEST_TIMEOUT_SECONDS,
    proxy_connect_timeout_seconds: 1,
    shutdown_timeout_seconds: 10,
    health_check_type: "http",
    health_check_interval_seconds: 1,
    health_check_timeout_seconds: 1,
    health_check_unhealthy_threshold: 2,
    health_check_healthy_threshold: 2,
    rate_limit_per_minute: 0,
  };
}

async function settled(
  server: DrillServer,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    signal.throwIfAborted();
    const obstacles = await server.obstacles();
    const all = [...obstacles.values()];
    if (all.length === MEMBERS && all.every((found) => found === null)) return;
    if (performance.now() > deadline) {
      throw new Error(
        `The fleet never settled: ${
          JSON.stringify([...obstacles])
        }; the server said: ${server.log()}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
