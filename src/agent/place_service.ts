/**
 * Asks a service on the Internet where this machine is, and under which address the Internet sees it. Owns no state;
 * bounded by one exchange, a few seconds of it and a few kilobytes.
 *
 * Redirections are not followed: who answers in the service's place may not send us on.
 */
import { placeName } from "../policy/place_name.ts";
import { exchangeWithin } from "./exchange.ts";
import { startOf } from "./fetch_transport.ts";
import { objectIn, type SaidPlace, saidPlaceOf } from "./said_place.ts";

/** How long it may take in all, milliseconds: what takes longer is a network without a way out. */
const ASK_MS_MAX = 3000;

/** A place, or in a few words why there is none. */
export type PlaceAnswer =
  | { readonly kind: "found"; readonly said: SaidPlace }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks once. Never fails; aborting ends it with a reason. */
export async function askPlace(
  url: string,
  signal: AbortSignal,
  limitMs = ASK_MS_MAX,
): Promise<PlaceAnswer> {
  const answer = await exchangeWithin(limitMs, signal, async (within) => {
    // Of its own, so that no connection to a stranger stays open.
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const response = await fetch(url, {
      headers: { accept: "application/json", "user-agent": "opsen-client" },
      redirect: "manual",
      client,
      signal: within,
    });
    const text = await startOf(response.body);
    return { kind: "answered", status: response.status, location: "", text };
  });
  return answer.kind === "answered"
    ? placeAnswerOf(answer.status, answer.text)
    : failed(answer.reason);
}

/** What an answer of the service says. */
export function placeAnswerOf(status: number, text: string): PlaceAnswer {
  const fields = objectIn(text);
  if (fields?.["error"] === true) {
    return failed(`it says "${placeName(fields["reason"])}"`);
  }
  if (status !== 200) return failed(`it answered ${status}`);
  if (fields === undefined) return failed("its answer is no JSON object");
  const said = saidPlaceOf(fields);
  return said === undefined
    ? failed("its answer holds no place")
    : { kind: "found", said };
}

function failed(reason: string): PlaceAnswer {
  return { kind: "failed", reason };
}
