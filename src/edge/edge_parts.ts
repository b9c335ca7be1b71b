/** What all connections of one edge share. Everything here is used within one event and left ready for the next. */
import type { Fields } from "../http1/head.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { ResponseHead } from "../http1/response_head.ts";
import type { DecisionLog } from "../engine/decision_log.ts";
import type { RateLimiter } from "../policy/rate_limiter.ts";
import type { Clock, Locator, Logger } from "../ports.ts";
import type {
  DecisionMeter,
  RequestObserver,
  RequestTracer,
} from "../traffic_ports.ts";
import type {
  EndpointRule,
  KeyBook,
  SignedIn,
  TokenVerifier,
} from "../trust_ports.ts";
import type { AddressCounts } from "./address_counts.ts";
import type { KnownCallers } from "./caller_lines.ts";
import type { Dialler } from "./dialler.ts";
import type { EdgeRules } from "./edge_rules.ts";
import type { BufferPool } from "./held_bytes.ts";
import type { LocalAnswers } from "./local_answer.ts";
import type { LocalApi } from "./local_request.ts";
import type { Origin } from "./origin.ts";
import type { SharedWriter } from "./output.ts";
import type { Placer } from "./placer.ts";
import type { RefusalLog } from "./refusal_log.ts";
import type { RequestIds } from "./request_ids.ts";
import type { TurnLine } from "./turn_line.ts";

/** The shared parts. */
export interface EdgeParts {
  /** What requests go by that begin now; a request in progress goes by those of its caller. */
  rules: EdgeRules;
  /** How often the checks of backends' certificates have changed: connections made before are not used again. */
  tlsAge: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly locator: Locator;
  /** Heads are parsed into these; what is needed later is kept elsewhere. */
  readonly requestHead: RequestHead;
  readonly responseHead: ResponseHead;
  readonly trailerFields: Fields;
  /** Where heads are put together. */
  readonly writer: SharedWriter;
  readonly pool: BufferPool;
  /** Where methods and paths are kept while their requests are in progress. */
  readonly lines: BufferPool;
  /** Where connections wait that have more to say than others let them. */
  readonly turns: TurnLine;
  readonly knownCallers: KnownCallers;
  readonly requestIds: RequestIds;
  readonly placer: Placer;
  readonly dialler: Dialler;
  /** Keeps some decisions with their reasons; undefined when nobody wants any. */
  readonly decisions: Pick<DecisionLog, "wants" | "add"> | undefined;
  /** Who shows which key; undefined where everything is open. */
  readonly keys: KeyBook | undefined;
  /** Who is signed in to the dashboard; undefined where nobody can be. */
  readonly isSignedIn: SignedIn | undefined;
  /** Where backends may be; undefined where they may be anywhere. */
  readonly endpointRule: EndpointRule | undefined;
  /** Who may send another request now; undefined where everybody may. */
  readonly rates: RateLimiter | undefined;
  /** Checks the tokens of callers; undefined where none are asked for. */
  readonly tokens: TokenVerifier | undefined;
  /** The API, one more upstream. */
  readonly apiOrigin: Origin;
  /** The part of it that is called without a connection. */
  readonly local: LocalApi | undefined;
  readonly answers: LocalAnswers;
  readonly refusalLog: RefusalLog;
  /** Hears of requests that have ended; undefined where nobody does. */
  readonly observer: RequestObserver | undefined;
  /** Says which requests are traced; undefined where none are. */
  readonly tracer: RequestTracer | undefined;
  /** Hears of decisions; undefined where nobody does. */
  readonly meter: DecisionMeter | undefined;
  readonly load: EdgeLoad;
}

/** What goes on in the edge, as counts; all return to zero. */
export interface EdgeLoad {
  /** Open connections from callers. */
  connections: number;
  /** Requests between head and end of response. */
  inFlight: number;
  /** The same by the address of their caller, as far as they are limited. */
  readonly perAddress: AddressCounts;
  /** Whether nothing new is begun. */
  isDraining: boolean;
}
