/** What to do when a server does not answer, or does not take the key. Owns no state. */
import type { ProblemBody } from "../wire/answers.ts";
import type { TargetOrigin } from "./target_choice.ts";

/** Who named the URL, in brackets after it. */
export function whereFrom(origin: TargetOrigin | undefined): string {
  if (origin === undefined) return "";
  return origin.url === "the default"
    ? " (the default; --server, OPSEN_SERVER_URL or a context name another)"
    : ` (from ${origin.url})`;
}

/** Refusals that another key may end, and the words for which key it was. */
const KEY_CODES: readonly string[] = [
  ...["missing_key", "wrong_key", "missing_scope", "tier_not_allowed"],
  ...["key_expired", "key_revoked"],
];

/** What to do about a refusal that is about the key. */
export function keyAdvice(
  { code }: ProblemBody,
  origin: TargetOrigin | undefined,
): { readonly advice?: string } {
  if (origin === undefined || !KEY_CODES.includes(code)) return {};
  const { key, withheld } = origin;
  const sent = key === undefined
    ? `No key was sent${withheld === undefined ? "" : `. ${withheld}`}`
    : `The key came from ${key}`;
  const next = key === undefined ? "set OPSEN_API_KEY" : "use another one";
  return {
    advice:
      `${sent}: ${next}; "opsen keys create NAME --scopes LIST" makes one for who has an admin key`,
  };
}

/** Why there is no answer, and what helps most often. */
export function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `no answer within ${timeoutMs / 1000} s`;
  }
  const text = innermostMessage(error);
  if (/connection refused/i.test(text)) {
    return 'connection refused; is the server running there ("opsen server" starts one)';
  }
  const said = text.replace(
    /^error sending request .*?: client error \(\w+\): /,
    "",
  );
  const [, advice] = CAUSES.find(([cause]) => said.includes(cause)) ?? [];
  return advice === undefined ? said : `${said}; ${advice}`;
}

/** What the runtime says, and what it comes from most often. */
const CAUSES: readonly (readonly [said: string, advice: string])[] = [
  [
    "UnknownIssuer",
    'name the authority of its certificate with --ca-file ("opsen cert inspect" tells what it is)',
  ],
  [
    "NotValidForName",
    "its certificate is for another name: ask it under that name, or give it a certificate for this one",
  ],
  [
    "Expired",
    'its certificate has expired: "opsen cert inspect" tells when',
  ],
  ["InvalidContentType", "it speaks plain HTTP there: use an http URL"],
  ["failed to lookup address", "look at the host's name in the URL"],
  ["Name or service not known", "look at the host's name in the URL"],
  [
    "received unexpected message",
    "it turns connections from here away (blocked_ips, max_connections_per_ip)",
  ],
  ["reset by peer", "with TLS, it may want a certificate (--cert-file)"],
];

/** What fetch throws says only that it failed; why stands in the cause. */
function innermostMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? error.message
    : innermostMessage(error.cause);
}
