/** Settings of the edge, in the units it works with. */

/** What the edge goes by; all times in milliseconds. */
export interface EdgeSettings {
  /** Prefixes of the paths that go to backends. */
  readonly proxyEndpoints: readonly string[];
  /** Addresses and CIDR ranges whose word about a caller is believed. */
  readonly trustedProxies: readonly string[];
  /** Addresses and CIDR ranges that may call; empty allows all. */
  readonly allowedAddresses: readonly string[];
  /** Addresses and CIDR ranges that may not call, even if allowed. */
  readonly blockedAddresses: readonly string[];
  /** Addresses and CIDR ranges whose requests are not counted. */
  readonly rateExempt: readonly string[];
  /** Time for the head of a request, from its first octet, or from the connection for the first. */
  readonly readHeaderTimeoutMs: number;
  /** Time until the head of a response; 0 for no limit. */
  readonly requestTimeoutMs: number;
  /** Silence after which a connection is ended. */
  readonly idleTimeoutMs: number;
  /** Time in which a caller takes nothing of what is sent to it. */
  readonly writeStallMs: number;
  /** Time to connect to a backend. */
  readonly connectTimeoutMs: number;
  /** Further backends that are tried when one can't be reached. */
  readonly retries: number;
  /** Bound of a request's body, counted while it streams. */
  readonly bodyBytesMax: number;
  /** How long pieces of an event stream are gathered; -1 not at all, 0 until a buffer is full. */
  readonly sseFlushIntervalMs: number;
  /** Field of a JSON body and of the query that names the tier; empty for none. */
  readonly tierFieldName: string;
  /** HTTP field that names the tier; empty for none. */
  readonly tierHeader: string;
  /** How much of a body is searched. */
  readonly tierPeekBytes: number;
  /** The tier of a request that names none; empty when such requests are refused. */
  readonly defaultTier: string;
  /** HTTP field with the id of a caller's session; empty for none. */
  readonly stickyHeader: string;
  /** Whether proxied requests must bring a token that is good. */
  readonly needsToken: boolean;
  /** Whether the caller's address stands for the session when the field is absent. */
  readonly stickyByIp: boolean;
  /** Whether responses get the fields that guard browsers, where they don't bring them along. */
  readonly hasSecurityFields: boolean;
  /** Origins whose pages may read responses, `*` for all; undefined where that is left to the backends. */
  readonly corsOrigins: readonly string[] | undefined;
  /** Connections from callers held at once, in all and per address (0 for no limit). */
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  /** Requests in progress at once per address; 0 for no limit. */
  readonly maxRequestsPerIp: number;
  /** Whether proxied requests must show a key that may route. */
  readonly proxyRequireKey: boolean;
}
