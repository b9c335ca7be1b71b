/** What to tell people about an answer that is not a yes. Owns no state. */
import type { Answer } from "./transport.ts";

/** Characters of the server's own words that are repeated. */
const WORDS_MAX = 200;

/** Why an exchange failed and what to do about it, as the end of a sentence without a final period. */
export function refusalOf(answer: Answer): string {
  if (answer.kind === "unanswered") return answer.reason;
  const { status, location, text } = answer;
  const words = wordsOf(text);
  const said = words === "" ? String(status) : `${status}, "${words}"`;
  if (status === 401) {
    return `it wants a key (${said}): set "server_key" to the server's`;
  }
  if (status === 403) {
    return `it refuses this client (${said}): check "server_key" here, and "api_keys" and "whitelisted_ips" on the server`;
  }
  if (status >= 300 && status < 400) {
    return `it redirects to "${
      plain(location)
    }" (${status}): set "server_url" to where the server really is`;
  }
  return `it answered ${said}`;
}

/** The detail of a problem (RFC 9457), else the first line of the text. */
function wordsOf(text: string): string {
  return plain(detailOf(text) ?? text.trimStart().split("\n", 1)[0] ?? "");
}

function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text);
    return typeof detail === "string" ? detail : undefined;
  } catch {
    return undefined;
  }
}

function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}"]/gu, "").trim().slice(0, WORDS_MAX);
}
