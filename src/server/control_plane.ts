/**
 * The control plane of a running server: the API behind its private socket, rebuilt whenever its settings change.
 * Owner of the socket and of the requests in flight on it; bounded by the front door's connections.
 */
import { dirname } from "node:path";
import program from "../../deno.json" with { type: "json" };
import type { ApiDeps, ApiSettings } from "../api/api_deps.ts";
import { type Api, apiOf } from "../api/app.ts";
import { ClaimWatch } from "../api/claims.ts";
import type { Connection } from "../api/endpoint.ts";
import { requestIds } from "../api/request_ids.ts";
import { cookieKey } from "../api/ui_cookie.ts";
import type { ServerConfig } from "../config/server_keys.ts";
import { configuredPlace } from "../config/place_keys.ts";
import { removeDeadSockets } from "./dead_sockets.ts";
import { staleAfterMs } from "./decider.ts";
import {
  InFlight,
  privateSocket,
  StandingServer,
  systemRandom,
  within,
} from "../lifecycle.ts";
import type { SignedIn } from "../trust_ports.ts";
import type { ConfigControl } from "../wire/reload_outcome.ts";

/** What the API is built from, its settings aside. */
export type ControlPlaneParts = Omit<
  ApiDeps,
  "settings" | "claims" | "configuration" | "drainSignal" | "isDraining"
>;

/** The API of one server. */
export class ControlPlane implements AsyncDisposable {
  readonly #parts: ControlPlaneParts;
  readonly #claims: ClaimWatch;
  readonly #socket = privateSocket();
  readonly #inFlight = new InFlight();
  readonly #drain = new AbortController();
  readonly #newRequestId = requestIds(systemRandom);
  readonly #listener: StandingServer;
  readonly #tidying: Promise<void>;
  #config: ServerConfig;
  #wasOpen = false;
  #control: ConfigControl | undefined;
  #api: Api;

  /** Listens from now on. */
  constructor(config: ServerConfig, parts: ControlPlaneParts) {
    this.#parts = parts;
    this.#claims = new ClaimWatch(parts);
    this.#config = config;
    this.#api = this.#build();
    this.#warnWhenOpen();
    this.#listener = new StandingServer(
      {
        path: this.path,
        onError: (error) => {
          parts.logger.error("Cannot answer a request", { error });
          return new Response(null, { status: 500 });
        },
      },
      (request) =>
        this.#inFlight.track(
          Promise.resolve(
            this.#api.http.fetch(request, behindTheEdge(request)),
          ),
        ),
      parts.logger,
    );
    this.#tidying = removeDeadSockets(dirname(this.path));
  }

  /** Where it listens. */
  get path(): string {
    return this.#socket.path;
  }

  /** The configuration of a server that can change it; undefined where nobody can. */
  get configuration(): ConfigControl | undefined {
    return this.#control;
  }

  /** The part that is called without a connection. */
  readonly local: Api["local"] = (request) => this.#api.local(request);

  /** Who is signed in to the dashboard. */
  readonly isSignedIn: SignedIn = (request, now) => {
    const { ui, keys } = this.#parts;
    if (ui === undefined || !this.#config.ui) return false;
    const url = `http://opsen${request.path}`;
    const key = cookieKey(ui.sessions, { ...request, url }, now);
    return key !== undefined && keys.find(key).kind === "known";
  };

  /** Requests that begin from now on are answered under these settings. */
  configure(config: ServerConfig): void {
    this.#config = config;
    this.#api = this.#build();
    this.#warnWhenOpen();
  }

  /** Answers for the configuration through this from now on. */
  serveConfiguration(control: ConfigControl): void {
    this.#control = control;
    this.#api = this.#build();
  }

  /** Nobody waits for room any more, and whoever asks is told that the server stops. */
  drain(): void {
    this.#drain.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drain();
    // From shutdown() on, no body in flight can be read any more (denoland/deno#36809), so it comes after them.
    const deadlineMs = this.#config.shutdownTimeoutSeconds * 1000;
    if (await within(deadlineMs, this.#inFlight.ended())) {
      await within(deadlineMs, this.#listener.shutdown());
    } else this.#listener.cutOff();
    await within(TIDYING_MS_MAX, this.#tidying);
    this.#socket[Symbol.dispose]();
  }

  /** Said once, and again when the last key was taken out. */
  #warnWhenOpen(): void {
    const { isOpen } = this.#parts.keys;
    const isNews = isOpen && !this.#wasOpen;
    this.#wasOpen = isOpen;
    if (!isNews) return;
    this.#parts.logger.warn(
      "No server_key or api_keys: whoever reaches this port may register, report and route",
    );
  }

  #build(): Api {
    const configuration = this.#control;
    const { ui, ...parts } = this.#parts;
    const { ui: hasUi } = this.#config;
    if (!hasUi) ui?.feed.end();
    return apiOf({
      ...parts,
      ...(hasUi && ui !== undefined && { ui }),
      claims: this.#claims,
      settings: apiSettings(this.#config, this.#newRequestId),
      ...(configuration !== undefined && { configuration }),
      drainSignal: this.#drain.signal,
      isDraining: () => this.#drain.signal.aborted,
    });
  }
}

/** What the front door says of the caller and of the request; nobody else reaches the socket that it comes through. */
function behindTheEdge({ headers }: Request): Connection {
  const hostname = headers.get("opsen-caller") ?? "";
  const requestId = headers.get("x-request-id");
  return {
    remoteAddr: { transport: "tcp", hostname, port: 0 },
    ...(requestId !== null && { requestId }),
  };
}

/** A stop waits no longer for what is tidying up and nothing more: a socket that hangs may be among the others'. */
const TIDYING_MS_MAX = 1000;

const DAY_MS = 86_400_000;

function apiSettings(
  config: ServerConfig,
  newRequestId: () => string,
): ApiSettings {
  const place = configuredPlace(config);
  return {
    allowedAddresses: config.whitelistedIps,
    blockedAddresses: config.blockedIps,
    corsOrigins: config.enableCors ? config.corsAllowedOrigins : [],
    bodyBytesMax: config.maxRequestBodyBytes,
    bodyTimeoutMs: config.requestTimeoutSeconds * 1000,
    stickyHeader: config.stickyHeader,
    stickyByIp: config.stickyByIp,
    readyMinActive: config.readyMinActive,
    staleAfterMs: staleAfterMs(config),
    statsRetentionMs: config.statsRetentionDays * DAY_MS,
    tierNames: config.tiers.map(({ name }) => name),
    ...(place !== undefined && { place }),
    version: program.version,
    newRequestId,
  };
}
