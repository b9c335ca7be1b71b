/** The dashboard's server side: its files, who is signed in, and the live feed, which outlive changes of the settings. */
import type { UiParts } from "../api/ui_parts.ts";
import { FEED_BEAT_MS, LiveFeed } from "../api/ui_feed.ts";
import { UiSessions } from "../api/ui_sessions.ts";
import { every } from "../lifecycle.ts";
import type { Clock, Logger } from "../ports.ts";
import type { TrafficTotals } from "../traffic_ports.ts";
import { uiFiles } from "../ui/files.ts";

/** The parts of one server; nothing runs in them while nobody looks. `totals` is what the feed tells of the traffic. */
export function dashboardOf(
  clock: Clock,
  logger: Logger,
  totals: () => TrafficTotals,
): UiParts {
  const feed = new LiveFeed({
    totals,
    hostname: Deno.hostname(),
    startedAtMs: clock.wallMs(),
    every: (task) => every(FEED_BEAT_MS, logger, task),
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
  });
  return { files: uiFiles, sessions: new UiSessions(), feed };
}
