/** The report for people, as tables that a pipe can take too. Pure. */
import { textTable } from "../../src/cli/text_table.ts";
import { LANES } from "./records.ts";
import type { DrillReport, PhaseReport } from "./report.ts";

/** The whole report; ends with a line end. */
export function reportText(report: DrillReport): string {
  const { seed, phases, notTried, violations } = report;
  return [
    ...phases.map(phaseText),
    ...notTried.map((text) => `Not tried: ${text}\n`),
    ...violations.map((text) => `WRONG ${text}\n`),
    violations.length === 0
      ? `Seed ${seed}: everything held\n`
      : `Seed ${seed}: ${violations.length} things did not hold\n`,
  ].join("");
}

function phaseText(phase: PhaseReport): string {
  const { lanes, failures, faults, not_sent: notSent } = phase;
  const lines = [
    `\nPhase ${phase.phase}: ${phase.sessions} sessions, ${phase.live_leases} live leases at the end, timers up to ${phase.lateness_s} s late\n`,
    textTable(
      [{ title: "REQUESTS" }, numbers("SENT"), numbers("FAILED")],
      lanes.map(({ lane, sent, failed }) => [lane, `${sent}`, `${failed}`]),
    ),
    textTable(
      [
        { title: "FAULT" },
        ...["AT", "LASTED", "AT REST AFTER", "LAST REQUEST"].map(numbers),
        ...LANES.map((lane) => numbers(`NO ${lane}`)),
      ],
      faults.map((fault) => [
        fault.fault,
        `${fault.at_s} s`,
        `${fault.lasted_s} s`,
        `${fault.rest_s} s`,
        fault.last_request_s === undefined ? "" : `${fault.last_request_s} s`,
        ...LANES.map((lane) => `${fault.outages_s[lane]} s`),
      ]),
    ),
  ];
  if (failures.length > 0) {
    lines.push(textTable(
      [
        { title: "FAILED" },
        { title: "CAUSE" },
        { title: "FAULT" },
        numbers("REQUESTS"),
      ],
      failures.map((failure) => [
        failure.verdict,
        failure.cause,
        failure.fault,
        `${failure.count}`,
      ]),
    ));
  }
  if (notSent > 0) {
    lines.push(`${notSent} requests were not sent: too many were under way\n`);
  }
  return lines.join("\n");
}

function numbers(title: string) {
  return { title, right: true };
}
