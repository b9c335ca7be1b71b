/**
 * Probes endpoints through the edge's own driver, resolver and TLS settings, so that a probe finds what traffic would.
 * Owner of the probes under way; their number is bounded by whoever asks for them.
 */
import type { ProbeOutcome } from "../engine/health.ts";
import { FieldNames } from "../http1/field_names.ts";
import { octetsOf, textOf } from "../http1/octets.ts";
import { ResponseHead } from "../http1/response_head.ts";
import type { Clock, Logger, Prober, ProbeTarget } from "../ports.ts";
import { Dialler, type DiallerOptions } from "./dialler.ts";
import { BufferPool } from "./held_bytes.ts";
import { type Origin, originOf } from "./origin.ts";
import { ProbeRefusals } from "./probe_refusals.ts";
import { ProbeCall, type ProbeParts } from "./probe_call.ts";

/** What a probe does. */
export interface ProbeSettings {
  /** Whether it connects (with TLS: shakes hands), or also asks and wants a 2xx or 3xx. */
  readonly type: "tcp" | "http";
  /** Path that an http probe asks for, below the path of the endpoint's URL. */
  readonly path: string;
  /** Time for all of it, the name included. */
  readonly timeoutMs: number;
}

/** What a prober is built from; the driver, the resolver and the TLS are those of the edge. */
export interface EdgeProberOptions extends DiallerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The program's version, for User-Agent. */
  readonly version: string;
  readonly settings: ProbeSettings;
}

/** Probes endpoints. Disposing of it aborts what is under way, and nobody is told of that. */
export class EdgeProber implements Prober, Disposable {
  readonly #parts: ProbeParts;
  readonly #version: string;
  readonly #calls = new Set<ProbeCall>();
  readonly #refusals: ProbeRefusals;
  #settings: ProbeSettings;
  #isDisposed = false;

  /** No probe yet. */
  constructor(options: EdgeProberOptions) {
    const { driver, clock, logger } = options;
    this.#refusals = new ProbeRefusals(logger, clock);
    this.#version = options.version;
    this.#settings = options.settings;
    this.#parts = {
      driver,
      dialler: new Dialler(options),
      clock,
      onNotAllowed: (target, why) => this.#refusals.warn(target, why),
      answers: {
        names: new FieldNames(),
        head: new ResponseHead(),
        pool: new BufferPool(),
      },
    };
  }

  /** Probes that begin from now on do this. */
  configure(settings: ProbeSettings): void {
    this.#settings = settings;
  }

  probe(
    target: ProbeTarget,
    onDone: (outcome: ProbeOutcome) => void,
  ): void {
    if (this.#isDisposed) return;
    const origin = originOf(target.endpoint);
    if (origin === undefined) {
      queueMicrotask(() => {
        if (!this.#isDisposed) onDone({ ok: false });
      });
      return;
    }
    const { type, timeoutMs } = this.#settings;
    const request = type === "http" ? this.#requestFor(origin) : undefined;
    const ask = { target, request, timeoutMs };
    const call = new ProbeCall(origin, ask, this.#parts, (outcome) => {
      this.#calls.delete(call);
      onDone(outcome);
    });
    this.#calls.add(call);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const call of this.#calls) call.abort();
    this.#calls.clear();
  }

  #requestFor({ basePath, authority }: Origin): Uint8Array {
    const target = textOf(basePath, 0, basePath.length) +
      inAscii(this.#settings.path);
    return octetsOf(
      `GET ${target} HTTP/1.1\r\n` +
        `Host: ${textOf(authority, 0, authority.length)}\r\n` +
        `User-Agent: opsen/${this.#version}\r\n` +
        "Accept: */*\r\n" +
        "Connection: close\r\n\r\n",
    );
  }
}

/** A path as it stands in a request: what is not ASCII, percent-encoded. */
function inAscii(path: string): string {
  return path.toWellFormed().replace(/[^\x21-\x7e]+/gu, encodeURIComponent);
}
