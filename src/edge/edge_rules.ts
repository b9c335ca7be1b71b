/**
 * What the edge goes by, made of its settings as one snapshot. A request keeps the snapshot that its head was read with,
 * so that one in progress when the settings change ends as it began.
 */
import { AddressRanges } from "../config/address_ranges.ts";
import { FieldNames, OTHER } from "../http1/field_names.ts";
import { BrowserFields } from "./browser_fields.ts";
import { type ClassifyPath, classifyPath } from "./path_rules.ts";
import type { EdgeSettings } from "./settings.ts";
import { TierSources } from "./tier_sources.ts";

/** One snapshot; nothing in it ever changes. */
export interface EdgeRules {
  readonly settings: EdgeSettings;
  readonly patience: Patience;
  /** Field names with the configured ones, and the numbers of those. */
  readonly names: FieldNames;
  readonly tierSources: TierSources;
  readonly stickyField: number;
  readonly classify: ClassifyPath;
  /** What responses say to browsers. */
  readonly browser: BrowserFields;
  /** Proxies whose word about a caller is believed. */
  readonly trusted: AddressRanges;
  /** Who may call; empty allows all. */
  readonly allowed: AddressRanges;
  /** Who may not call, even if allowed. */
  readonly blocked: AddressRanges;
  /** Who has no rate limit. */
  readonly rateExempt: AddressRanges;
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

/** The snapshot that the settings ask for; throws for an address range that is none. */
export function rulesOf(settings: EdgeSettings): EdgeRules {
  const { tierHeader, stickyHeader } = settings;
  const names = new FieldNames([tierHeader, stickyHeader]);
  return {
    settings,
    patience: patienceOf(settings),
    names,
    tierSources: new TierSources(settings, names),
    stickyField: stickyHeader === "" ? OTHER : names.numberOf(stickyHeader),
    classify: classifyPath(settings.proxyEndpoints),
    browser: new BrowserFields(settings),
    trusted: new AddressRanges(settings.trustedProxies),
    allowed: new AddressRanges(settings.allowedAddresses),
    blocked: new AddressRanges(settings.blockedAddresses),
    rateExempt: new AddressRanges(settings.rateExempt),
  };
}

function patienceOf(
  { requestTimeoutMs, idleTimeoutMs }: EdgeSettings,
): Patience {
  const responseMs = requestTimeoutMs === 0 ? Infinity : requestTimeoutMs;
  return {
    responseMs,
    uploadMs: Math.min(responseMs, idleTimeoutMs),
    silenceMs: idleTimeoutMs,
  };
}
