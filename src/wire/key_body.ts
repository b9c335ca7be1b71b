/** `POST /_opsen/keys`: what a new key is called and what it opens. */
import * as z from "zod";
import { endMs } from "../policy/instant.ts";
import { isKeyName, KEY_NAME_WANTED } from "../policy/key_name.ts";
import { type Scope, SCOPES } from "../policy/principal.ts";
import { KEY_TIERS_MAX, TIER_CHARS_MAX } from "./bounds.ts";

/** A key as asked for. */
export interface KeyAsk {
  readonly name: string;
  /** What it may do; undefined for everything. */
  readonly scopes: readonly Scope[] | undefined;
  /** Tiers it may ask for; undefined for all. */
  readonly tiers: readonly string[] | undefined;
  /** When it stops being accepted, wall-clock milliseconds; undefined for never. */
  readonly expiresMs: number | undefined;
}

/** A new key; all but its name may be absent. */
export const keyBody = z.object({
  /** At most 128 letters, digits, `.`, `_`, `:` and `-`, first a letter or digit; no `agent:…`, `server_key`, `anyone`, `signal`, `file`, `url`. */
  name: z.string().min(1).refine(isKeyName, `must be ${KEY_NAME_WANTED}`),
  /**
   * What it may do: `route` asks for machines and keeps leases, `read` sees the fleet and its decisions, `admin` does
   * both and changes what there is, `agent` speaks for machines; absent for everything.
   */
  scopes: z.array(
    z.string().refine(isScope, `must be one of ${SCOPES.join(", ")}`),
  ).min(1).max(SCOPES.length).nullish(),
  /** Tiers it may ask for; absent for all. */
  tiers: z.array(z.string().min(1).max(TIER_CHARS_MAX)).min(1)
    .max(KEY_TIERS_MAX).nullish(),
  /** A day, to the end of which in UTC the key is accepted, or an instant of RFC 3339; absent for never. */
  expires: z.string().refine(
    (text) => endMs(text) !== undefined,
    "must be a day such as 2027-01-31 or an instant such as 2027-01-31T12:00:00Z",
  ).nullish(),
}).transform(({ name, scopes, tiers, expires }): KeyAsk => ({
  name,
  scopes: scopes?.filter(isScope),
  tiers: tiers ?? undefined,
  expiresMs: typeof expires === "string" ? endMs(expires) : undefined,
}));

function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
