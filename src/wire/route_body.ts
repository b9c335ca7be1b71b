/** `POST /route`: a caller asks where to send a session. */
import * as z from "zod";
import { TIER_CHARS_MAX } from "./bounds.ts";
import { address, isPlain, knownAddress, text } from "./fields.ts";
import type { Schema } from "./parse.ts";
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

const ownersAddress = address();

/**
 * An ask by the schema alone, which says what is wrong with it. Coordinates 0,0 are those of a struct that was never
 * filled in.
 */
export const checkedRouteBody: z.ZodType<RouteBody> = z.object({
  /** Name of a tier of the configuration: how much room is wanted. */
  tier: text(TIER_CHARS_MAX).min(1),
  /** Address of the session's owner, from which its place and perhaps its session follow. */
  client_ip: ownersAddress,
  /** Where the session's owner is, degrees north; goes before what its address says. Both 0: not known. */
  client_lat: latitude,
  /** Degrees east. */
  client_lon: longitude,
}).transform(bodyOf);

/**
 * An ask. Most are right, and a look at the four fields sees that in a small part of the time that the schema takes,
 * which is more than the decision does. What is not seen to be right goes to the schema, so it alone refuses.
 */
export const routeBody: Schema<RouteBody> = {
  safeParse: (value) =>
    isSeenToBeRight(value)
      ? { success: true, data: bodyOf(value) }
      : checkedRouteBody.safeParse(value),
};

/** The fields under their JSON names. */
interface RouteFields {
  readonly tier: string;
  readonly client_ip?: string | null | undefined;
  readonly client_lat?: number | null | undefined;
  readonly client_lon?: number | null | undefined;
}

const LATITUDE_MAX = 90;
const LONGITUDE_MAX = 180;

function isSeenToBeRight(value: unknown): value is RouteFields {
  if (typeof value !== "object" || value === null) return false;
  const { tier, client_ip, client_lat, client_lon } = value as Readonly<
    Record<keyof RouteFields, unknown>
  >;
  return typeof tier === "string" && tier !== "" &&
    tier.length <= TIER_CHARS_MAX && isPlain(tier) &&
    isDegrees(client_lat, LATITUDE_MAX) &&
    isDegrees(client_lon, LONGITUDE_MAX) &&
    (client_ip === undefined || ownersAddress.safeParse(client_ip).success);
}

/** NaN is below nothing and above nothing. */
function isDegrees(value: unknown, max: number): boolean {
  return value === undefined ||
    typeof value === "number" && value >= -max && value <= max;
}

function bodyOf(
  { tier, client_ip, client_lat, client_lon }: RouteFields,
): RouteBody {
  return {
    tier,
    clientIp: knownAddress(client_ip),
    place: placeOf({
      latitude: client_lat,
      longitude: client_lon,
      country: "",
      city: "",
    }),
  };
}
