/** What a monitoring system is told of a server, in the manner of its plugins (https://nagios-plugins.org/doc/guidelines.html). */
import type { HealthAnswer } from "../wire/answers.ts";
import type { ApiOutcome } from "./api_client.ts";
import { EXIT_CODE } from "./exit_code.ts";

/** From how few active backends on something is amiss. */
export interface HealthLimits {
  /** Fewer are a warning; 0 for never. */
  readonly warning: number;
  /** Fewer are critical; 0 for never. */
  readonly critical: number;
}

/** How it is, and why; the words are those of the exit codes. */
export interface Verdict {
  readonly status: "ok" | "warning" | "critical" | "unknown";
  /** What is wrong; absent when nothing is. */
  readonly because?: string;
  readonly active?: number;
  /** Of those, how many take new work; absent for a Go server. */
  readonly available?: number;
  readonly total?: number;
  /** Asks that wait for room; absent where nobody may. */
  readonly queue?: number;
}

/** The verdict over what came of asking. */
export function verdictOf(
  outcome: ApiOutcome<HealthAnswer>,
  limits: HealthLimits,
): Verdict {
  switch (outcome.kind) {
    case "answer":
      return judge(outcome.answer, limits);
    case "refused": {
      const { status, detail } = outcome.problem;
      return { status: failed(status), because: detail };
    }
    case "unreachable":
      return { status: failed(outcome.status), because: outcome.reason };
  }
}

/** The one line, with figures that are drawn over time behind the bar. */
export function lineOf(
  verdict: Verdict,
  limits: HealthLimits,
  tookMs: number,
): string {
  const { status, because, active, total } = verdict;
  const backends = total === undefined
    ? ""
    : `${active} of ${total} backends active`;
  const words = [backends, because ?? ""].filter((text) => text !== "");
  const figures = total === undefined
    ? ""
    : ` | ${figuresOf(verdict, limits, tookMs)}`;
  // Neither a bar nor a line end may come from what a server says.
  const line = words.join(": ").replaceAll("|", "/").replaceAll(/\s+/g, " ");
  return `OPSEN ${status.toUpperCase()} - ${line}${figures}`;
}

/** Nobody answers, or what should have reached it says so: no room for doubt. Another answer leaves it. */
function failed(status: number | undefined): "critical" | "unknown" {
  return status === undefined || status >= 500 ? "critical" : "unknown";
}

function judge(health: HealthAnswer, limits: HealthLimits): Verdict {
  const {
    active_clients: active,
    available_clients: available,
    total_clients: total,
    store,
    panic,
    queue,
    config,
  } = health;
  const critical: string[] = [];
  const warning: string[] = [];
  if (active < limits.critical) {
    critical.push(`wanted at least ${limits.critical}`);
  } else if (active < limits.warning) {
    warning.push(`wanted at least ${limits.warning}`);
  }
  if (total > 0 && available === 0) {
    critical.push(
      "no backend takes new work, all are stale, unhealthy, left out or drained",
    );
  }
  if (panic !== undefined) {
    const { out, of, mode } = panic;
    warning.push(`panic (${mode}), ${out} of ${of} backends are out`);
  }
  if (store?.status === "degraded") {
    warning.push(
      `the database takes no writes since ${store.since} (${store.reason})`,
    );
  }
  if (config?.is_newer_refused === true) {
    warning.push(
      'the newest configuration was refused, "opsen config history" says why',
    );
  }
  const because = [...critical, ...warning].join("; ");
  return {
    status: critical.length > 0
      ? "critical"
      : warning.length > 0
      ? "warning"
      : "ok",
    ...(because !== "" && { because }),
    active,
    ...(available !== undefined && { available }),
    total,
    ...(queue !== undefined && { queue: queue.depth }),
  };
}

/** `name=value;warning;critical;least`, where `5:` means that less than 5 is the matter. */
function figuresOf(
  { active, available, total, queue }: Verdict,
  { warning, critical }: HealthLimits,
  tookMs: number,
): string {
  const from = (limit: number) => limit === 0 ? "" : `${limit}:`;
  return [
    `active=${active};${from(warning)};${from(critical)};0`,
    `total=${total};;;0`,
    ...(available === undefined ? [] : [`available=${available};;1:;0`]),
    ...(queue === undefined ? [] : [`queue=${queue};;;0`]),
    `time=${(tookMs / 1000).toFixed(3)}s;;;0`,
  ].join(" ");
}

/** The exit code of a verdict. */
export function exitCodeOf({ status }: Verdict): number {
  return EXIT_CODE[status];
}
