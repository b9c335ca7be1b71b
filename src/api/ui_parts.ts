/** What of the dashboard outlives one set of the API's settings. */
import type { UiFiles } from "../traffic_ports.ts";
import type { LiveFeed } from "./ui_feed.ts";
import type { UiSessions } from "./ui_sessions.ts";

/** The dashboard's server side. */
export interface UiParts {
  /** Its page and what that loads. */
  readonly files: UiFiles;
  /** Who is signed in. */
  readonly sessions: UiSessions;
  /** What is told to open pages. */
  readonly feed: LiveFeed;
}
