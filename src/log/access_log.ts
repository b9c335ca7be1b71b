/**
 * The access log: one line for each request that is to have one, whatever `log_level` says. Owner of no state but the
 * settings; the stream's bound is that of all lines (line_writer.ts).
 */
import type { Clock, LineSink, Random } from "../ports.ts";
import type { RequestObserver, RequestRecord } from "../traffic_ports.ts";
import { AccessLines } from "./access_line.ts";

/** Which requests get a line. */
export interface AccessLogSettings {
  /** `errors` are answers from 500 on and those that break off; `sample` are these and a part of the rest. */
  readonly accessLog: string;
  /** That part, in percent. */
  readonly accessLogSamplePct: number;
}

/** What an access log is built from. */
export interface AccessLogParts {
  readonly sink: LineSink;
  readonly clock: Clock;
  readonly random: Random;
}

/** Writes the lines. */
export class AccessLog implements RequestObserver {
  readonly #parts: AccessLogParts;
  readonly #lines: AccessLines;
  #settings: AccessLogSettings;

  /** Goes by these settings until told others. */
  constructor(settings: AccessLogSettings, parts: AccessLogParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#lines = new AccessLines(parts.sink);
  }

  /** Goes by these settings from now on. */
  configure(settings: AccessLogSettings): void {
    this.#settings = settings;
  }

  ended(record: RequestRecord): void {
    const { accessLog } = this.#settings;
    if (accessLog === "off") return;
    const isError = record.status >= 500 || record.end === "cut_off";
    if (!isError && !this.#isWanted(record)) return;
    const { sink, clock } = this.#parts;
    const level = isError ? "warn" : "info";
    sink.write(this.#lines.lineOf(record, level, clock.wallMs()));
  }

  /** Whether a request that has not failed gets a line. */
  #isWanted(record: RequestRecord): boolean {
    const { accessLog, accessLogSamplePct } = this.#settings;
    if (accessLog === "all") return true;
    return accessLog === "sample" &&
      this.#parts.random.next() * 100 < accessLogSamplePct &&
      !isHealthCheck(record);
  }
}

/** Whoever watches a server asks all the time, and wants to see something else in its log. */
const HEALTH_PATHS: ReadonlySet<string> = new Set([
  "/health",
  "/_opsen/livez",
  "/_opsen/readyz",
]);

function isHealthCheck({ kind, target }: RequestRecord): boolean {
  if (kind !== "api") return false;
  const query = target.indexOf("?");
  return HEALTH_PATHS.has(query === -1 ? target : target.slice(0, query));
}
