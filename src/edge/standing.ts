/** What the rules say of an address, looked up once for each connection, or for each request behind a proxy. */
import { type AddressKey, addressKeyOf } from "../config/address_key.ts";
import { X_FORWARDED_FOR } from "../http1/field_names.ts";
import { textOf } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import { realCaller } from "./caller_address.ts";
import type { Caller } from "./caller.ts";
import type { EdgeRules } from "./edge_rules.ts";

/** What an address may do. */
export interface Standing {
  readonly ip: string;
  /** What it is counted as. */
  readonly key: AddressKey;
  /** Whether it may not call at all. */
  readonly isBlocked: boolean;
  /** Whether it may call backends. */
  readonly isAllowed: boolean;
  /** Whether it has no rate limit. */
  readonly isExempt: boolean;
}

/** What the rules say of an address. */
export function standingOf(
  ip: string,
  { blocked, allowed, rateExempt }: EdgeRules,
): Standing {
  return {
    ip,
    key: addressKeyOf(ip),
    isBlocked: !blocked.isEmpty && blocked.includes(ip),
    isAllowed: allowed.isEmpty || allowed.includes(ip),
    isExempt: !rateExempt.isEmpty && rateExempt.includes(ip),
  };
}

/** The address of the caller behind the proxies that are trusted. */
export function callerIpOf(
  bytes: Uint8Array,
  { fields }: RequestHead,
  { peer, isTrusted, rules }: Pick<Caller, "peer" | "isTrusted" | "rules">,
): string {
  if (!isTrusted) return peer.ip;
  const lines: string[] = [];
  for (let i = 0; i < fields.count; i++) {
    if (fields.number(i) !== X_FORWARDED_FOR) continue;
    lines.push(textOf(bytes, fields.valueStart(i), fields.valueEnd(i)));
  }
  return realCaller(peer.ip, lines, rules.trusted);
}
