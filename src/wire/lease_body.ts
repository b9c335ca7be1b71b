/** `POST /_opsen/leases/{id}/renew` and `/confirm`: how long the lease is to live from now. */
import * as z from "zod";
import { LEASE_SECONDS_MAX } from "./bounds.ts";

/** What the caller asks for. */
export interface LeaseBody {
  /** Milliseconds from now; undefined for as long as a new lease lives. */
  readonly liveMs: number | undefined;
}

/** A renewal; nothing in it is needed. */
export const leaseBody = z.object({
  /** Seconds from now; absent for as long as a new lease lives. */
  ttl_seconds: z.number().min(1).max(LEASE_SECONDS_MAX).nullish(),
}).transform(({ ttl_seconds }): LeaseBody => ({
  liveMs: typeof ttl_seconds === "number" ? ttl_seconds * 1000 : undefined,
}));
