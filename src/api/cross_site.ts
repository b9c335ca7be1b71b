/**
 * Refuses what pages of other origins would have their readers' browsers change here: a browser sends simple requests
 * for any page (Fetch Metadata, `Sec-Fetch-Site`; WHATWG Fetch, `Origin`). Bounded by `cors_allowed_origins`.
 */
import { originText } from "../wire/origin_text.ts";
import type { ApiFields, ApiRequest } from "./endpoint.ts";
import { shownKey } from "./key_ring.ts";
import { type Problem, problem } from "./problems.ts";

/** Whose pages may change something. Programs say neither where they are from nor on whose behalf they ask. */
export class CrossSiteRule {
  readonly #isOpen: boolean;
  readonly #allowed: ReadonlySet<string>;

  /** `*` among the origins stands for all. */
  constructor(origins: readonly string[]) {
    this.#isOpen = origins.includes("*");
    this.#allowed = new Set(origins.map(originText));
  }

  /** Why a request is refused, or undefined when it is not. A key is one that a page can't add without our permission. */
  refusal({ method, headers }: ApiRequest): Problem | undefined {
    if (!isChange(method) || !isForeign(headers)) return undefined;
    if (this.#isOpen || shownKey(headers) !== "") return undefined;
    const origin = headers.get("origin") ?? "";
    return this.#allowed.has(origin.toLowerCase()) ? undefined : REFUSAL;
  }
}

/** Whether the `Origin` of a request names the host that it was sent to, with its port unless that is the scheme's own. */
export function isFromOwnHost(headers: ApiFields): boolean {
  const origin = URL.parse(headers.get("origin") ?? "");
  return origin?.host === (headers.get("host") ?? "");
}

/** A preflight changes nothing, and says what may. */
function isChange(method: string): boolean {
  return method !== "GET" && method !== "HEAD" && method !== "OPTIONS";
}

function isForeign(headers: ApiFields): boolean {
  const site = headers.get("sec-fetch-site");
  return site === null
    ? headers.get("origin") !== null && !isFromOwnHost(headers)
    : site === "cross-site" || site === "same-site";
}

const REFUSAL = problem(
  "cross_site",
  "A page of another site may change nothing here (cors_allowed_origins)",
);
