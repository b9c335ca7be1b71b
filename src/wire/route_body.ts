/** `POST /route`: a caller asks where to send a session. */
import * as z from "zod";
import { TIER_CHARS_MAX } from "./bounds.ts";
import { address, knownAddress, text } from "./fields.ts";
import { latitude, longitude, placeOf } from "./place.ts";

/** What the caller asks for. */
export interface RouteBody {
  /** Name of a tier, known or not. */
  readonly tier: string;
  /** Address of the session's owner, or empty when not given. */
  readonly clientIp: string;
  /** Where the session's owner is, when the caller says so. */
  readonly place:
    | { readonly latitude: number; readonly longitude: number }
    | undefined;
}

/**
 * An ask. Coordinates 0,0 are those of a struct that was never filled in. Its fields are plain: a transform on each
 * would take longer than the decision.
 */
export const routeBody = z.object({
  tier: text(TIER_CHARS_MAX).min(1),
  client_ip: address(),
  client_lat: latitude,
  client_lon: longitude,
}).transform((body): RouteBody => ({
  tier: body.tier,
  clientIp: knownAddress(body.client_ip),
  place: placeOf({
    latitude: body.client_lat,
    longitude: body.client_lon,
    country: "",
    city: "",
  }),
}));
