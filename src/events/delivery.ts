/** One attempt to deliver an event: a signed POST, and what its answer means. Owns nothing. */

/** Where events go. */
export interface WebhookTarget {
  /** An http or https URL; may hold secrets, so it is never logged. */
  readonly url: string;
  /** Key of the signature; empty for none. */
  readonly secret: string;
}

/** An event as it is sent. */
export interface Message {
  /** The same for every attempt, so that a receiver knows a second one. */
  readonly id: string;
  readonly type: string;
  /** The JSON. */
  readonly body: string;
}

/** What became of an attempt. */
export type Attempted =
  | { readonly kind: "delivered" }
  /** Trying again may help, not sooner than after the wait, milliseconds. */
  | {
    readonly kind: "failed";
    readonly reason: string;
    readonly waitMs: number;
  }
  /** It won't be taken. */
  | { readonly kind: "refused"; readonly reason: string };

/** Time of one attempt, milliseconds: far beyond what a receiver needs that only notes the event. */
export const ATTEMPT_MS_MAX = 10_000;
/** Longest wait that a receiver may ask for, milliseconds: longer ones would be forgetting. */
export const RETRY_AFTER_MS_MAX = 120_000;

/** Answers of the 400s that say "not now": time-out, too early, too many requests (RFC 9110, RFC 8470, RFC 6585). */
const LATER: readonly number[] = [408, 425, 429];

/** Posts the message once. Redirects are not followed: a signed message goes to no place that nobody configured. */
export async function attempt(
  target: WebhookTarget,
  message: Message,
  options: {
    readonly client: Deno.HttpClient;
    readonly signal: AbortSignal;
    /** Wall clock, milliseconds. */
    readonly wallMs: number;
    /** Longest wait for the answer; {@link ATTEMPT_MS_MAX} when absent. */
    readonly timeoutMs?: number;
  },
): Promise<Attempted> {
  const { client, signal, wallMs, timeoutMs = ATTEMPT_MS_MAX } = options;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    const response = await fetch(target.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "opsen-event": message.type,
        "opsen-delivery": message.id,
        ...(target.secret !== "" && {
          "opsen-signature": await signature(
            target.secret,
            message.body,
            Math.floor(wallMs / 1000),
          ),
        }),
      },
      body: message.body,
      redirect: "manual",
      client,
      signal: AbortSignal.any([signal, late.signal]),
    });
    await response.body?.cancel();
    return meaningOf(response, wallMs);
  } catch (error) {
    const reason = late.signal.aborted
      ? `no answer within ${timeoutMs / 1000} s`
      : reasonOf(error);
    return { kind: "failed", reason, waitMs: 0 };
  } finally {
    clearTimeout(timer);
  }
}

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 (RFC 2104) of the time, a dot and the body; a receiver refuses what is too old. */
export async function signature(
  secret: string,
  body: string,
  seconds: number,
): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signed = encoder.encode(`${seconds}.${body}`);
  const mac = await crypto.subtle.sign("HMAC", key, signed);
  return `t=${seconds},v1=${new Uint8Array(mac).toHex()}`;
}

function meaningOf(
  { status, headers }: Response,
  wallMs: number,
): Attempted {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (status >= 300 && status < 400) {
    return {
      kind: "refused",
      reason: `it redirects (${status}), which is not followed`,
    };
  }
  const reason = `it answered ${status}`;
  if (status < 500 && !LATER.includes(status)) {
    return { kind: "refused", reason };
  }
  const waitMs = retryAfterMs(headers.get("retry-after"), wallMs);
  return { kind: "failed", reason, waitMs };
}

/** Seconds, or a date (RFC 9110, section 10.2.3); 0 for neither. */
function retryAfterMs(field: string | null, wallMs: number): number {
  if (field === null) return 0;
  const waitMs = /^[0-9]{1,9}$/.test(field)
    ? Number(field) * 1000
    : Date.parse(field) - wallMs;
  return Number.isNaN(waitMs)
    ? 0
    : Math.min(Math.max(waitMs, 0), RETRY_AFTER_MS_MAX);
}

/** What fetch throws holds the whole URL, and says behind it why it failed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause ?? error : error;
  const words = cause instanceof Error ? cause.message : String(cause);
  const why = /: client error \(\w+\): ([^]*)$/.exec(words)?.[1] ?? words;
  return why.includes("://") ? "the connection failed" : why;
}
