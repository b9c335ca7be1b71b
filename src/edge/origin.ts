/**
 * One origin that requests are sent to, and the connections to it that wait for the next request. Owner: the origins of
 * the edge; the waiting connections are bounded in number and in time, the last one used goes first.
 */
import { octetsOf } from "../http1/octets.ts";
import type { LogData, Logger } from "../ports.ts";
import type { ConnectAddress } from "./driver.ts";
import type { Upstream } from "./upstream.ts";

/** Most connections of one origin that wait; what comes back beyond them is closed. */
const IDLE_MAX = 512;
/** How long one waits. Many servers close after 5 to 75 s; a close that we see in time costs nothing. */
const IDLE_MS = 60_000;
/** How long further failures are only counted after one was logged: at full load there are thousands a second. */
const QUIET_MS = 10_000;

/** Where an origin is. */
export type OriginPlace =
  | { readonly kind: "unix"; readonly path: string }
  | {
    readonly kind: "http" | "https";
    /** Name or address, an IPv6 address without brackets. */
    readonly hostname: string;
    readonly port: number;
  };

/** An origin and its waiting connections. */
export class Origin {
  /** What names it: its URL. */
  readonly url: string;
  readonly place: OriginPlace;
  /** Path of the URL without a trailing slash, put before the path of each request; usually empty. */
  readonly basePath: Uint8Array;
  /** Host for a request that brought none. */
  readonly authority: Uint8Array;
  /** When it was last asked for, monotonic milliseconds. */
  lastUsedAt = 0;
  /** Connections that are open or being opened. */
  openCount = 0;
  readonly #idle: Upstream[] = [];
  #quietUntil = -Infinity;
  #unsaid = 0;

  /** An origin without connections. */
  constructor(url: string, place: OriginPlace, basePath: string, host: string) {
    this.url = url;
    this.place = place;
    this.basePath = octetsOf(basePath);
    this.authority = octetsOf(host);
  }

  /** Whether its certificate is checked. */
  get isTls(): boolean {
    return this.place.kind === "https";
  }

  /** The address to connect to, when `ip` is the one its name stands for. */
  addressOf(ip: string): ConnectAddress {
    switch (this.place.kind) {
      case "unix":
        return this.place;
      case "http":
        return { kind: "tcp", ip, port: this.place.port };
      case "https": {
        const { hostname, port } = this.place;
        return { kind: "tls", ip, port, serverName: hostname };
      }
    }
  }

  /** Logs a failure of the origin, or counts it when another was logged lately. */
  warn(logger: Logger, message: string, data: LogData, now: number): void {
    if (now < this.#quietUntil) {
      this.#unsaid++;
      return;
    }
    logger.warn(message, {
      origin: this.url,
      ...data,
      ...(this.#unsaid > 0 && { unsaidBefore: this.#unsaid }),
    });
    this.#unsaid = 0;
    this.#quietUntil = now + QUIET_MS;
  }

  /** A waiting connection, which is the caller's then. */
  takeIdle(): Upstream | undefined {
    return this.#idle.pop();
  }

  /** Lets a connection wait; false when enough do. */
  putIdle(upstream: Upstream, now: number): boolean {
    if (this.#idle.length >= IDLE_MAX) return false;
    upstream.idleUntil = now + IDLE_MS;
    this.#idle.push(upstream);
    return true;
  }

  /** A waiting connection has ended by itself. */
  removeIdle(upstream: Upstream): void {
    const at = this.#idle.lastIndexOf(upstream);
    if (at !== -1) this.#idle.splice(at, 1);
  }

  /** Takes out the waiting connections of which this is true; they are the caller's to close. */
  takeUnfit(isUnfit: (upstream: Upstream) => boolean): Upstream[] {
    const unfit = this.#idle.filter(isUnfit);
    for (const upstream of unfit) this.removeIdle(upstream);
    return unfit;
  }

  /** Takes out the connections that waited too long; they are the caller's to close. */
  takeExpired(now: number): Upstream[] {
    const first = this.#idle.findIndex(({ idleUntil }) => now < idleUntil);
    return this.#idle.splice(0, first === -1 ? this.#idle.length : first);
  }
}

/** The origin that a URL names; undefined when it is not an http or https URL. */
export function originOf(url: string): Origin | undefined {
  const parsed = URL.parse(url);
  if (parsed === null) return undefined;
  const { protocol, hostname, port, pathname, host } = parsed;
  const kind = protocol === "http:"
    ? "http"
    : protocol === "https:"
    ? "https"
    : undefined;
  if (kind === undefined || hostname === "") return undefined;
  return new Origin(
    url,
    {
      kind,
      hostname: hostname.startsWith("[") ? hostname.slice(1, -1) : hostname,
      port: port === "" ? (kind === "http" ? 80 : 443) : Number(port),
    },
    pathname.replace(/\/+$/, ""),
    host,
  );
}
