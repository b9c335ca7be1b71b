/**
 * Whether a request is taken at all, and who answers it: the API or a backend. Addresses come first, then how much they
 * ask for, so that who is refused costs little; then the request itself, then its key.
 */
import type { AddressKey } from "../policy/rate_table.ts";
import { isText, octetsOf, QUESTION, textOf } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import type { Caller } from "./caller.ts";
import type { EdgeParts } from "./edge_parts.ts";
import { checkRouteKey, hasKeyFor } from "./key_check.ts";
import { HeldFields } from "./local_request.ts";
import { targetClass } from "./path_rules.ts";
import type { RefusalCode, RefusalExtras } from "./refusals.ts";
import { callerIpOf, standingOf } from "./standing.ts";
import { tooMany } from "./tier_rule.ts";

/** Who answers. */
export type Admission =
  | { readonly kind: "api" }
  | { readonly kind: "backend" }
  | Refused;

/** Nobody. */
export interface Refused {
  readonly kind: "refused";
  readonly code: RefusalCode;
  readonly extras?: RefusalExtras;
}

/**
 * Looks at the head that the caller's connection holds, and notes who sends it. What it counts is given back with
 * {@link depart}.
 */
export function admit(
  head: RequestHead,
  caller: Caller,
  parts: EdgeParts,
  now: number,
): Admission {
  const { held: { bytes }, isAdmin, guest, rules } = caller;
  const { settings, classify } = rules;
  const standing = caller.isTrusted
    ? standingOf(callerIpOf(bytes, head, caller), rules)
    : caller.standing;
  guest.begin(standing);
  if (standing.isBlocked) return BLOCKED;
  const target = targetClass(classify, bytes, head);
  const isProxied = !isAdmin && target === "proxied";
  if (isProxied && !standing.isAllowed) return NOT_ALLOWED;
  const excess = excessOf(head, isProxied, caller, parts, now);
  if (excess !== undefined) return excess;
  // TRACE would show the caller what our own fields say.
  if (isText(bytes, head.methodStart, head.methodEnd, "trace")) {
    return NO_TRACE;
  }
  if (head.contentLength > settings.bodyBytesMax) return TOO_LARGE;
  if (target === "ambiguous") return AMBIGUOUS;
  if (!isProxied) return isForged(head, caller, parts) ? CROSS_SITE : API;
  if (!settings.proxyRequireKey) return BACKEND;
  return keyRefusal(head, caller, parts, now) ?? BACKEND;
}

/** The request is over: it is no longer in progress. */
export function depart({ guest }: Caller, { load }: EdgeParts): void {
  if (guest.countedAs === undefined) return;
  load.perAddress.remove(guest.countedAs);
  guest.countedAs = undefined;
}

/**
 * Whether somebody else's page makes its reader's browser change something here. Where keys are asked for it can't show
 * one without our permission (a preflight); where all is open, its word would be as good as an operator's.
 */
function isForged(
  head: RequestHead,
  { held: { bytes }, rules: { browser } }: Caller,
  { keys }: EdgeParts,
): boolean {
  if (keys?.isOpen === false || isReading(bytes, head)) return false;
  if (isText(bytes, head.methodStart, head.methodEnd, "options")) return false;
  const site = new HeldFields(bytes, head).get("sec-fetch-site");
  return site === "cross-site" &&
    browser.cors?.answerTo(bytes, head).isAllowed !== true;
}

/** Why an address asks for too much; undefined when it doesn't, and the request is counted then. */
function excessOf(
  head: RequestHead,
  isProxied: boolean,
  caller: Caller,
  { rates, load: { perAddress }, keys, isSignedIn }: EdgeParts,
  now: number,
): Refused | undefined {
  const { held: { bytes }, guest, rules: { settings } } = caller;
  const { key, isExempt } = guest.standing;
  const { maxRequestsPerIp } = settings;
  const isLimited = maxRequestsPerIp > 0 || rates?.limitsAddresses === true;
  if (!isLimited || isExempt) return undefined;
  if (isHealthCheck(bytes, head)) return undefined;
  const fields = new HeldFields(bytes, head);
  if (isAgentCall(bytes, head) && hasKeyFor("agent", fields, keys)) {
    return undefined;
  }
  if (!isProxied && hasKeyFor("admin", fields, keys)) {
    const rate = rates?.takeAddress(operatorsAt(key), now);
    return rate && tooMany(rate);
  }
  if (!isProxied && isSignedIn?.(requestOf(bytes, head, fields), now)) {
    const rate = rates?.takeAddress(browsersAt(key), now);
    return rate && tooMany(rate);
  }
  if (maxRequestsPerIp > 0 && perAddress.of(key.group) >= maxRequestsPerIp) {
    return TOO_MANY_AT_ONCE;
  }
  const rate = rates?.takeAddress(key, now);
  if (rate !== undefined) return tooMany(rate);
  if (maxRequestsPerIp === 0) return undefined;
  guest.countedAs = key.group;
  perAddress.add(key.group);
  return undefined;
}

/** An allowance apart, so that nobody at an operator's address can lock the operator out. */
function operatorsAt({ high, low }: AddressKey): AddressKey {
  return { high: ~high, low };
}

/** Another one, so that neither what is behind the address nor an open dashboard can use up the other's. */
function browsersAt({ high, low }: AddressKey): AddressKey {
  return { high, low: ~low };
}

function requestOf(bytes: Uint8Array, head: RequestHead, headers: HeldFields) {
  const { methodStart, methodEnd, pathStart, targetEnd } = head;
  return {
    method: textOf(bytes, methodStart, methodEnd),
    path: textOf(bytes, pathStart, targetEnd),
    headers,
  };
}

function keyRefusal(
  head: RequestHead,
  { held: { bytes }, guest }: Caller,
  { keys, rates }: EdgeParts,
  now: number,
): Refused | undefined {
  const verdict = checkRouteKey(new HeldFields(bytes, head), keys);
  if (verdict.kind === "refused") {
    const { code, detail } = verdict;
    return { kind: "refused", code, ...(detail && { extras: { detail } }) };
  }
  const { principal, fields } = verdict;
  guest.principal = principal;
  guest.keyFields = fields;
  const rate = rates?.takeKey(principal, now);
  if (rate === undefined) return undefined;
  return tooMany(rate, `rate_limit_per_minute of the key "${principal.name}"`);
}

/** Whoever asks whether the server lives is told so, however busy its address is. */
function isHealthCheck(bytes: Uint8Array, head: RequestHead): boolean {
  return isReading(bytes, head) && isPathOf(bytes, head, HEALTH_PATHS);
}

function isReading(
  bytes: Uint8Array,
  { methodStart, methodEnd }: RequestHead,
): boolean {
  return isText(bytes, methodStart, methodEnd, "get") ||
    isText(bytes, methodStart, methodEnd, "head");
}

function isAgentCall(bytes: Uint8Array, head: RequestHead): boolean {
  return isText(bytes, head.methodStart, head.methodEnd, "post") &&
    isPathOf(bytes, head, AGENT_PATHS);
}

/** Whether the target is one of the paths, with or without a query. */
function isPathOf(
  bytes: Uint8Array,
  { pathStart, targetEnd }: RequestHead,
  paths: readonly Uint8Array[],
): boolean {
  for (const path of paths) {
    const end = pathStart + path.length;
    if (end > targetEnd) continue;
    if (end < targetEnd && bytes[end] !== QUESTION) continue;
    let at = 0;
    while (at < path.length && bytes[pathStart + at] === path[at]) at++;
    if (at === path.length) return true;
  }
  return false;
}

const HEALTH_PATHS = ["/health", "/_opsen/livez", "/_opsen/readyz"]
  .map((path) => octetsOf(path));
/** What every client sends once a minute or more often; many of them may share an address. */
const AGENT_PATHS = ["/register", "/stats"].map((path) => octetsOf(path));

const API: Admission = { kind: "api" };
const BACKEND: Admission = { kind: "backend" };
const BLOCKED: Refused = {
  kind: "refused",
  code: "address_not_allowed",
  extras: { isLast: true },
};
const NOT_ALLOWED: Refused = { kind: "refused", code: "address_not_allowed" };
const CROSS_SITE: Refused = { kind: "refused", code: "cross_site" };
const NO_TRACE: Refused = { kind: "refused", code: "method_not_allowed" };
const AMBIGUOUS: Refused = { kind: "refused", code: "ambiguous_path" };
const TOO_LARGE: Refused = { kind: "refused", code: "body_too_large" };
/** Requests end all the time. */
const TOO_MANY_AT_ONCE: Refused = {
  kind: "refused",
  code: "too_many_requests_in_progress",
  extras: { retryAfterSeconds: 1 },
};
