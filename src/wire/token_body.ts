/** `POST /_opsen/tokens`: what an enrolment token is to be good for. */
import * as z from "zod";
import {
  ALLOW_ENDPOINTS_MAX,
  RANGE_CHARS_MAX,
  TOKEN_TTL_SECONDS_MAX,
  TOKEN_USES_MAX,
} from "./bounds.ts";
import { list, otherwise, text } from "./fields.ts";

/** Seconds that a token is good for when nothing is said: as long as it takes to start a few machines. */
const TTL_SECONDS_DEFAULT = 3600;

/** What is wanted of a token. */
export interface TokenBody {
  readonly ttlMs: number;
  readonly usesMax: number;
  /** Texts; whether they are addresses and ranges is the reader's to find out. */
  readonly endpointAllow: readonly string[];
}

/** A token; nothing in it is needed. Without `max_uses` it is good for one machine. */
export const tokenBody = z.object({
  /** How long it is good; an hour when absent. */
  ttl_seconds: otherwise(
    z.int().min(1).max(TOKEN_TTL_SECONDS_MAX),
    TTL_SECONDS_DEFAULT,
  ),
  /** How many machines it enrols; one when absent. */
  max_uses: otherwise(z.int().min(1).max(TOKEN_USES_MAX), 1),
  /** Addresses and ranges where those may be, beside what the configuration allows. */
  allow_endpoints: list(text(RANGE_CHARS_MAX), ALLOW_ENDPOINTS_MAX),
}).transform(({ ttl_seconds, max_uses, allow_endpoints }): TokenBody => ({
  ttlMs: ttl_seconds * 1000,
  usesMax: max_uses,
  endpointAllow: allow_endpoints,
}));
