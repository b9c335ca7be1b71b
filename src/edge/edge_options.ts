/** What an edge is built from, and the parts that are made of it. */
import { Fields } from "../http1/head.ts";
import { RequestHead } from "../http1/request_head.ts";
import { ResponseHead } from "../http1/response_head.ts";
import type { Balancer } from "../engine/balancer.ts";
import type { RateLimiter } from "../policy/rate_limiter.ts";
import type { Clock, Locator, Logger, Random, Store } from "../ports.ts";
import type { KeyBook, SignedIn, TokenVerifier } from "../trust_ports.ts";
import { KnownCallers } from "./caller_lines.ts";
import { Dialler, type DiallerOptions } from "./dialler.ts";
import type { EdgeLoad, EdgeParts } from "./edge_parts.ts";
import { rulesOf } from "./edge_rules.ts";
import { BufferPool } from "./held_bytes.ts";
import { LINE_BYTES } from "./kept_line.ts";
import { LocalAnswers } from "./local_answer.ts";
import type { LocalApi } from "./local_request.ts";
import { Origin } from "./origin.ts";
import type { Origins } from "./origins.ts";
import { SharedWriter } from "./output.ts";
import { Placer } from "./placer.ts";
import { RefusalLog } from "./refusal_log.ts";
import { RequestIds } from "./request_ids.ts";
import type { EdgeSettings } from "./settings.ts";
import { TurnLine } from "./turn_line.ts";

/** Who hears of what passes; each is absent where nobody does. */
export type Observing = Partial<
  Pick<EdgeParts, "observer" | "tracer" | "meter">
>;

/** What an edge is built from. */
export interface EdgeOptions extends DiallerOptions {
  readonly settings: EdgeSettings;
  /** Path of the unix socket that the API listens on. */
  readonly apiSocket: string;
  /** Answers `POST /route` in this isolate; without it that goes over the socket too. */
  readonly local?: LocalApi;
  readonly balancer: Balancer;
  readonly store: Store;
  /** Keeps some decisions with their reasons. */
  readonly decisions?: EdgeParts["decisions"];
  readonly observing?: Observing;
  readonly locator: Locator;
  /** Who shows which key; absent where everything is open. */
  readonly keys?: KeyBook;
  /** Who is signed in to the dashboard; absent where nobody can be. */
  readonly isSignedIn?: SignedIn;
  /** Who may send another request now; absent where everybody may. */
  readonly rates?: RateLimiter;
  /** Checks the tokens of callers; absent where none are asked for. */
  readonly tokens?: TokenVerifier;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** The parts of one edge. */
export function partsOf(
  options: EdgeOptions,
  origins: Origins,
  load: EdgeLoad,
): EdgeParts {
  const { settings, logger, clock, locator, random } = options;
  return {
    rules: rulesOf(settings),
    tlsAge: 0,
    logger,
    clock,
    locator,
    requestHead: new RequestHead(),
    responseHead: new ResponseHead(),
    trailerFields: new Fields(),
    writer: new SharedWriter(),
    pool: new BufferPool(),
    lines: new BufferPool(LINE_BYTES),
    turns: new TurnLine(clock),
    knownCallers: new KnownCallers(),
    requestIds: new RequestIds(random),
    placer: new Placer({ ...options, origins }),
    decisions: options.decisions,
    keys: options.keys,
    isSignedIn: options.isSignedIn,
    endpointRule: options.endpointRule,
    rates: options.rates,
    tokens: options.tokens,
    dialler: new Dialler(options),
    apiOrigin: new Origin(
      "unix:",
      { kind: "unix", path: options.apiSocket },
      "",
      "opsen",
    ),
    local: options.local,
    answers: new LocalAnswers(clock),
    refusalLog: new RefusalLog(logger, clock),
    observer: options.observing?.observer,
    tracer: options.observing?.tracer,
    meter: options.observing?.meter,
    load,
  };
}
