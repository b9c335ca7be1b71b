/** What the live feed says, as text: events of `wire/feed.ts`, a large fleet in several. */
import type { DecisionLog } from "../engine/decision_log.ts";
import { decisionSummaryOf } from "../wire/decision_answer.ts";
import type { FeedDecisions } from "../wire/feed.ts";
import { ROWS_PER_SLICE } from "./fleet_rows.ts";

/** One event (WHATWG HTML, 9.2.5); JSON has no line breaks. */
export function eventText(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`;
}

/** The octets of a text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The fleet as events of a slice each, so that nobody reads a megabyte at once; none when it would say nothing. */
export function* fleetPieces(
  at: string,
  isWhole: boolean,
  rows: readonly string[],
  gone: readonly string[],
): Generator<string> {
  if (!isWhole && rows.length === 0 && gone.length === 0) return;
  for (let from = 0; from === 0 || from < rows.length; from += ROWS_PER_SLICE) {
    const isFirst = from === 0;
    const some = rows.slice(from, from + ROWS_PER_SLICE).join();
    const left = JSON.stringify(isFirst ? gone : []);
    yield `event: fleet\ndata: {"at":"${at}","whole":${
      isWhole && isFirst
    },"clients":[${some}],"gone":${left}}\n\n`;
  }
}

/** The event `decisions` for whoever has seen so many; empty when it would say nothing. */
export function decisionsText(
  log: DecisionLog,
  seen: number | undefined,
  limit: number,
): string {
  const missed = seen === undefined ? limit : log.added - seen;
  if (missed === 0) return "";
  const decisions = log.recent(Math.min(missed, limit)).reverse();
  const news: FeedDecisions = {
    decisions: decisions.map(decisionSummaryOf),
    skipped: seen === undefined ? 0 : missed - decisions.length,
  };
  return eventText("decisions", JSON.stringify(news));
}
