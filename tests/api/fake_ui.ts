/** The dashboard's parts in the hands of a test: a beat of the feed is made by calling it. */
import { LiveFeed } from "../../src/api/ui_feed.ts";
import type { UiParts } from "../../src/api/ui_parts.ts";
import { UiSessions } from "../../src/api/ui_sessions.ts";
import type { TrafficTotals } from "../../src/traffic_ports.ts";

/** Files that are not the real ones. */
export const PAGE = "<!doctype html><title>page</title>";

/** Dashboard parts without timers. */
export class FakeUi implements UiParts {
  readonly files = {
    file: (name: string) =>
      Promise.resolve(
        name === "index.html"
          ? { type: "text/html; charset=utf-8", text: PAGE, etag: '"e1"' }
          : name === "icon.svg"
          ? { type: "image/svg+xml", text: "<svg/>", etag: '"e2"' }
          : undefined,
      ),
  };
  readonly sessions = new UiSessions();
  readonly feed = new LiveFeed({
    totals: () => this.totals,
    hostname: "here",
    startedAtMs: 0,
    every: () => {
      this.timers++;
      return { [Symbol.dispose]: () => this.timers-- };
    },
    pause: () => this.pause(),
  });
  /** Timers that run. */
  timers = 0;
  /** What passes between two slices. */
  pause: () => Promise<void> = () => Promise.resolve();
  totals: TrafficTotals = {
    connections: 3,
    inFlight: 2,
    decisions: { placed: 7 },
    refusalReasons: { memory: 1 },
    requests: { "2xx": 9 },
  };
}
