/** How far a request is. */
export type ExchangeState =
  | "none"
  /** A way to a connection is being found. */
  | "approaching"
  /** The request goes out. */
  | "sending"
  /** It is out; the head of the response is awaited. */
  | "awaiting"
  | "responding"
  | "tunnel";
