/** What to tell people about an answer that is not a yes. Owns no state. */
import type { Answer } from "./transport.ts";

const NEW_TOKEN =
  'make a token with "opsen token create" there and put it into "enrol_token_file"';
const RESTORE =
  'if this machine lost its credential, "opsen keys restore" there lets it enrol again';
/** Characters of the server's own words that are repeated: enough for the line that an endpoint wants there. */
const WORDS_MAX = 500;

/**
 * Refusals that last until an operator does something: what was taken back, tokens that are spent, ids that belong to
 * somebody else. The keys are codes of the server, the values say what to do.
 */
const FOR_PEOPLE: ReadonlyMap<string, string> = new Map([
  ["key_revoked", 'its key was taken back; see "opsen keys" there'],
  [
    "backend_revoked",
    'an operator took this machine out; "opsen keys restore" lets it in again',
  ],
  [
    "endpoint_not_allowed",
    'see "endpoint_url" here and "endpoint_allow" there',
  ],
  ["wrong_backend", 'its credential is for another "client_id"'],
  ["wrong_enrol_token", NEW_TOKEN],
  ["enrol_token_expired", NEW_TOKEN],
  ["enrol_token_used_up", NEW_TOKEN],
  ["enrol_token_revoked", NEW_TOKEN],
  ["already_enrolled", RESTORE],
  ["credential_in_use", RESTORE],
  ["id_in_use", 'set "server_key" too, or another "client_id"'],
  ["too_many_credentials", "revoked ones there can be restored to make room"],
]);

/** What the runtime says when there is no answer. */
const CAUSES: readonly (readonly [said: string, advice: string])[] = [
  ["UnknownIssuer", 'set "server_ca_file" to the authority of its certificate'],
  [
    "received unexpected message",
    'it turns connections from here away; see "blocked_ips" and "max_connections_per_ip" there',
  ],
];

/** Whether asking again soon is in vain. */
export function isForPeople(code: string): boolean {
  return FOR_PEOPLE.has(code);
}

/** The code of the problem (RFC 9457) that the server answered with; empty for none. */
export function codeOf(answer: Answer): string {
  if (answer.kind === "unanswered") return "";
  return problemOf(answer.text).code;
}

/** Why an exchange failed and what to do about it, as the end of a sentence without a final period. */
export function refusalOf(answer: Answer): string {
  if (answer.kind === "unanswered") return adviceOn(answer.reason);
  const { status, location, text } = answer;
  const words = wordsOf(text);
  const said = words === "" ? String(status) : `${status}, "${words}"`;
  const advice = FOR_PEOPLE.get(problemOf(text).code);
  if (advice !== undefined) {
    return `it refuses this client (${said}): ${advice}`;
  }
  if (status === 401) {
    return `it wants a key (${said}): set "server_key" to the server's`;
  }
  if (status === 403) {
    return `it refuses this client (${said}): check "server_key" here, and "api_keys", "whitelisted_ips" and "blocked_ips" on the server`;
  }
  if (status >= 300 && status < 400) {
    return `it redirects to "${
      plain(location)
    }" (${status}): set "server_url" to where the server really is`;
  }
  return `it answered ${said}`;
}

/** What fetch says, and what it comes from most often. */
function adviceOn(reason: string): string {
  const [, advice] = CAUSES.find(([said]) => reason.includes(said)) ?? [];
  return advice === undefined ? reason : `${reason}: ${advice}`;
}

/** The detail of a problem (RFC 9457), else the first line of the text. */
function wordsOf(text: string): string {
  const { detail } = problemOf(text);
  return plain(detail ?? text.trimStart().split("\n", 1)[0] ?? "");
}

function problemOf(
  text: string,
): { readonly code: string; readonly detail: string | undefined } {
  try {
    const { code, detail } = JSON.parse(text);
    return {
      code: typeof code === "string" ? code : "",
      detail: typeof detail === "string" ? detail : undefined,
    };
  } catch {
    return { code: "", detail: undefined };
  }
}

function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}"]/gu, "").trim().slice(0, WORDS_MAX);
}
