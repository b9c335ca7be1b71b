/** What all connections of one edge share. Everything here is used within one event and left ready for the next. */
import type { FieldNames } from "../http1/field_names.ts";
import type { Fields } from "../http1/head.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { ResponseHead } from "../http1/response_head.ts";
import type { DecisionLog } from "../engine/decision_log.ts";
import type { Clock, Locator, Logger } from "../ports.ts";
import type { AddressRanges } from "../config/address_ranges.ts";
import type { KnownCallers } from "./caller_lines.ts";
import type { Dialler } from "./dialler.ts";
import type { BufferPool } from "./held_bytes.ts";
import type { LocalAnswers } from "./local_answer.ts";
import type { LocalApi } from "./local_request.ts";
import type { Origin } from "./origin.ts";
import type { SharedWriter } from "./output.ts";
import type { ClassifyPath } from "./path_rules.ts";
import type { Placer } from "./placer.ts";
import type { RequestIds } from "./request_ids.ts";
import type { EdgeSettings } from "./settings.ts";
import type { TierSources } from "./tier_sources.ts";

/** The shared parts. */
export interface EdgeParts {
  readonly settings: EdgeSettings;
  readonly patience: Patience;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly locator: Locator;
  /** Field names with the configured ones, and the numbers of those. */
  readonly names: FieldNames;
  readonly tierSources: TierSources;
  readonly stickyField: number;
  /** Heads are parsed into these; what is needed later is kept elsewhere. */
  readonly requestHead: RequestHead;
  readonly responseHead: ResponseHead;
  readonly trailerFields: Fields;
  /** Where heads are put together. */
  readonly writer: SharedWriter;
  readonly pool: BufferPool;
  readonly knownCallers: KnownCallers;
  readonly requestIds: RequestIds;
  readonly classify: ClassifyPath;
  readonly trusted: AddressRanges;
  readonly allowed: AddressRanges;
  readonly placer: Placer;
  readonly dialler: Dialler;
  /** Keeps some decisions with their reasons; undefined when nobody wants any. */
  readonly decisions: Pick<DecisionLog, "wants" | "add"> | undefined;
  /** The API, one more upstream. */
  readonly apiOrigin: Origin;
  /** The part of it that is called without a connection. */
  readonly local: LocalApi | undefined;
  readonly answers: LocalAnswers;
  readonly load: EdgeLoad;
}

/** How long the states of an exchange may last, milliseconds. */
export interface Patience {
  /** Until the head of a response, once the request is out. */
  readonly responseMs: number;
  /** Silence of a caller in the middle of its request. */
  readonly uploadMs: number;
  /** Silence of both sides otherwise. */
  readonly silenceMs: number;
}

/** The patience that the settings ask for. */
export function patienceOf(settings: EdgeSettings): Patience {
  const { requestTimeoutMs, idleTimeoutMs } = settings;
  const responseMs = requestTimeoutMs === 0 ? Infinity : requestTimeoutMs;
  return {
    responseMs,
    uploadMs: Math.min(responseMs, idleTimeoutMs),
    silenceMs: idleTimeoutMs,
  };
}

/** What goes on in the edge, as counts; all return to zero. */
export interface EdgeLoad {
  /** Open connections from callers. */
  connections: number;
  /** Requests between head and end of response. */
  inFlight: number;
  /** Whether nothing new is begun. */
  isDraining: boolean;
}
