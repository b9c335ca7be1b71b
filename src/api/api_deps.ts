/** What the API is built from. It owns no state: the fleet is the balancer's, what outlives the process the store's. */
import type { Balancer } from "../engine/balancer.ts";
import type { DecisionLog } from "../engine/decision_log.ts";
import type { Principal } from "../policy/principal.ts";
import type { RateRefusal } from "../policy/rate_limiter.ts";
import type { Clock, EventSink, Locator, Logger, Store } from "../ports.ts";
import type { EndpointRule, EnrolmentDesk, KeyKeeper } from "../trust_ports.ts";
import type {
  DecisionMeter,
  LogLevelControl,
  MetricsPage,
  ProblemMeter,
} from "../traffic_ports.ts";
import type { ClaimWatch } from "./claims.ts";
import type { UiParts } from "./ui_parts.ts";
import type { ConfigControl } from "../wire/reload_outcome.ts";

/** The parts of the server that the API calls. */
export interface ApiDeps {
  readonly balancer: Balancer;
  readonly store: Store;
  readonly clock: Clock;
  readonly locator: Locator;
  readonly logger: Logger;
  readonly settings: ApiSettings;
  /** Who shows which key. */
  readonly keys: KeyKeeper;
  /** Gives machines credentials of their own; absent where they get none. */
  readonly enrolment?: EnrolmentDesk;
  /** Where backends may be; absent where they may be anywhere. */
  readonly endpointRule?: EndpointRule;
  /** The addresses of a name, soon, or undefined when they can't be had; absent where nobody looks names up. */
  readonly lookup?: (name: string) => Promise<readonly string[] | undefined>;
  /** Who may send another request now; absent where everybody may. */
  readonly rates?: CallerRates;
  /** What was decided lately. */
  readonly decisions: DecisionLog;
  /** Aborts when the server begins to stop, so that nobody waits for room any more; absent means never. */
  readonly drainSignal?: AbortSignal;
  /** Whether the server has begun to stop, so that nobody should be sent to it; absent means never. */
  readonly isDraining?: () => boolean;
  /** Hears of what operators want to know; absent where nobody listens. */
  readonly events?: EventSink;
  /** Who speaks under which id; absent where that need not outlive these settings. */
  readonly claims?: ClaimWatch;
  /** The configuration of a server that can change it; absent where nobody can. */
  readonly configuration?: ConfigControl;
  /** Hears of decisions; absent where nobody counts them. */
  readonly meter?: DecisionMeter;
  /** Hears of problems that are answered; absent where nobody counts them. */
  readonly problems?: ProblemMeter;
  /** The metrics; absent where there are none. */
  readonly metrics?: MetricsPage;
  /** The dashboard; absent where it is switched off. */
  readonly ui?: UiParts;
  /** The level of the log; absent where it can't be changed. */
  readonly logLevel?: LogLevelControl;
}

/** Counts requests; each call counts one, unless it refuses it. Undefined when the request may go on. */
export interface CallerRates {
  /** A request with a key. */
  takeKey(principal: Principal, now: number): RateRefusal | undefined;
  /** A request from an address for a tier. */
  takeTier(
    tier: string,
    callerIp: string,
    now: number,
  ): RateRefusal | undefined;
}

/** Settings of the API. */
export interface ApiSettings {
  /** Addresses and CIDR ranges that may call; empty allows all. */
  readonly allowedAddresses: readonly string[];
  /** Addresses and CIDR ranges that may not call, whatever else is allowed. */
  readonly blockedAddresses: readonly string[];
  /** Origins whose pages may change something, "*" for all; absent or empty for none. */
  readonly corsOrigins?: readonly string[];
  /** Bound of a request's body. */
  readonly bodyBytesMax: number;
  /** How long a large or chunked body may take to arrive, milliseconds below 2^31; 0 for no limit. */
  readonly bodyTimeoutMs: number;
  /** With fewer active backends the server is not ready. */
  readonly readyMinActive: number;
  /** Name of the header that holds the id of a caller's session; empty when there is none. */
  readonly stickyHeader: string;
  /** Whether the caller's address stands for the session when the header is absent. */
  readonly stickyByIp: boolean;
  /** A backend that was not heard of for longer is purged on demand, milliseconds. */
  readonly staleAfterMs: number;
  /** How long reports are kept, milliseconds; absent for as long as there are any. */
  readonly statsRetentionMs?: number;
  /** The tiers that there are, so that no key is made for others; absent where any name will do. */
  readonly tierNames?: readonly string[];
  /** Where the server is, degrees; absent when nobody says it. */
  readonly place?: { readonly latitude: number; readonly longitude: number };
  /** Version of the program. */
  readonly version: string;
  /** Makes the id of one request; called once for each. */
  readonly newRequestId: () => string;
}
