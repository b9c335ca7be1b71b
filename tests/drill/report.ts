/** What a drill found, as data and in words. Pure. */
import type { PhaseResult } from "./phase.ts";
import { type FaultRecord, type Lane, LANES, type Sent } from "./records.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

/** Share of all requests that one failing backend may spoil. */
export const FAST_FAILURE_SHARE_MAX = 0.001;
/**
 * A short drill is judged as if it had sent this many: a backend is left out after a handful of failures, which does
 * not depend on how long the drill is. It is what the usual 3 minutes send.
 */
const REQUESTS_USUAL = 18_000;
/** Failures of one kind that are told one by one. */
const EXAMPLES = 3;

/** A whole report; times are seconds since the phase began. */
export interface DrillReport {
  readonly seed: number;
  readonly phases: readonly PhaseReport[];
  readonly notTried: readonly string[];
  /** What must not be; none when all is well. */
  readonly violations: readonly string[];
}

/** One phase. */
export interface PhaseReport {
  readonly phase: string;
  readonly lanes: readonly LaneReport[];
  readonly failures: readonly FailureReport[];
  readonly faults: readonly FaultReport[];
  readonly sessions: number;
  readonly live_leases: number;
  readonly not_sent: number;
  /** How late the drill's own timers were at most: how busy the machine was. */
  readonly lateness_s: number;
}

interface LaneReport {
  readonly lane: Lane;
  readonly sent: number;
  readonly failed: number;
}

interface FailureReport {
  readonly verdict: Verdict;
  readonly cause: string;
  readonly fault: string;
  readonly count: number;
}

interface FaultReport {
  readonly fault: string;
  readonly at_s: number;
  readonly lasted_s: number;
  /** Until everything was as before, from when it was lifted. */
  readonly rest_s: number;
  /** Longest time without a success, by lane. */
  readonly outages_s: Readonly<Record<Lane, number>>;
  /** Last new request to the backend after the fault began; absent when none was seen. */
  readonly last_request_s?: number;
}

/** The report of what was seen. */
export function reportOf(
  seed: number,
  phases: readonly PhaseResult[],
  notTried: readonly string[],
): DrillReport {
  const total = phases.reduce((sum, { sent }) => sum + sent.length, 0);
  return {
    seed,
    phases: phases.map(phaseReport),
    notTried,
    violations: phases.flatMap((phase) =>
      [
        ...phase.complaints,
        ...unexcused(phase),
        ...fastFailures(phase, total),
      ].map((text) => `${phase.kind}: ${text}`)
    ),
  };
}

function phaseReport(phase: PhaseResult): PhaseReport {
  const { kind, sent, faults } = phase;
  return {
    phase: kind,
    lanes: LANES.map((lane) => {
      const all = sent.filter((one) => one.lane === lane);
      return { lane, sent: all.length, failed: all.filter(hasFailed).length };
    }),
    failures: failureReports(phase),
    faults: faults.map((fault) => faultReport(fault, phase)),
    sessions: phase.sessions,
    live_leases: phase.liveLeases,
    not_sent: phase.notSent,
    lateness_s: seconds(phase.latenessMs),
  };
}

function failureReports(
  { sent, faults, spareMs }: PhaseResult,
): FailureReport[] {
  const counts = new Map<string, FailureReport>();
  for (const failed of sent.filter(hasFailed)) {
    const { verdict, fault } = verdictOf(failed, faults, spareMs);
    const { cause = "" } = failed;
    const name = fault === undefined ? "none" : nameOf(fault);
    const key = `${verdict}\0${cause}\0${name}`;
    const count = (counts.get(key)?.count ?? 0) + 1;
    counts.set(key, { verdict, cause, fault: name, count });
  }
  return [...counts.values()];
}

function faultReport(
  fault: FaultRecord,
  { sent, startMs, endMs }: PhaseResult,
): FaultReport {
  const { fromMs, toMs, restedMs } = fault;
  const outages = LANES.map((lane) => {
    const ofLane = sent.filter((one) => one.lane === lane);
    return [lane, seconds(longestGapMs(ofLane, fault, endMs))] as const;
  });
  return {
    fault: nameOf(fault),
    at_s: seconds(fromMs - startMs),
    lasted_s: seconds(toMs - fromMs),
    rest_s: seconds(restedMs - toMs),
    outages_s: Object.fromEntries(outages) as Record<Lane, number>,
    ...(fault.lastRequestMs !== undefined && {
      last_request_s: seconds(fault.lastRequestMs),
    }),
  };
}

/** Longest time without a success from when a fault began until a second after it was over, or the phase was. */
function longestGapMs(
  sent: readonly Sent[],
  { fromMs, restedMs }: FaultRecord,
  phaseEndMs: number,
): number {
  const untilMs = Math.min(restedMs + 1000, phaseEndMs);
  const ends = sent.filter((one) =>
    !hasFailed(one) && one.endMs >= fromMs && one.endMs <= untilMs
  ).map(({ endMs }) => endMs).sort((a, b) => a - b);
  let last = fromMs;
  let longest = 0;
  for (const end of [...ends, untilMs]) {
    longest = Math.max(longest, end - last);
    last = end;
  }
  return longest;
}

function unexcused(
  { sent, faults, startMs, spareMs }: PhaseResult,
): string[] {
  const found = sent.filter(hasFailed).map((failed) => ({
    failed,
    ...verdictOf(failed, faults, spareMs),
  })).filter(({ verdict }) => verdict === "unexcused");
  const examples = found.slice(0, EXAMPLES).map(({ failed, fault }) =>
    `${failed.lane} at ${seconds(failed.sentMs - startMs)} s for ${
      Math.round(failed.endMs - failed.sentMs)
    } ms (${failed.backend ?? "backend not known"}): ${failed.cause}, during ${
      fault === undefined ? "no fault" : nameOf(fault)
    }`
  );
  return found.length === 0 ? [] : [
    `${found.length} requests failed that were not in flight at a fault: ${
      examples.join("; ")
    }`,
  ];
}

function fastFailures(
  { sent, faults, spareMs }: PhaseResult,
  total: number,
): string[] {
  const mostFailures = FAST_FAILURE_SHARE_MAX * Math.max(total, REQUESTS_USUAL);
  const failed = sent.filter(hasFailed).map((one) =>
    verdictOf(one, faults, spareMs)
  );
  return faults.flatMap((fault) => {
    const count = failed.filter((one) =>
      one.verdict === "fast failure" && one.fault === fault
    ).length;
    return count <= mostFailures ? [] : [
      `${nameOf(fault)} caused ${count} errors of ${total} requests, at most ${
        Math.floor(mostFailures)
      } were wanted`,
    ];
  });
}

function hasFailed({ cause }: Sent): boolean {
  return cause !== undefined;
}

function nameOf({ kind, target }: FaultRecord): string {
  const words = kind.replaceAll("_", " ");
  return target === undefined ? words : `${words} (${target})`;
}

function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(2));
}
