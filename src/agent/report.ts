/**
 * What a machine says of its real use. Owns no state.
 *
 * There is a report only when both CPU and memory were measured lately: one of them alone, or numbers from before a
 * file went missing, could make a busy machine look idle. A disk that was not measured has no room instead, since tiers
 * that need no storage can still run.
 */
import type { Report, Room } from "../engine/backend.ts";
import type { SampleWindows, Totals } from "./sample_windows.ts";

/** A report; or there are too few samples yet; or there should be more, and why there are not. */
export type ReportOutcome =
  | { readonly kind: "ready"; readonly report: Report }
  | { readonly kind: "filling" }
  | { readonly kind: "absent"; readonly reason: string };

/** Length of the short window, seconds. */
const SHORT_SECONDS = 60;
/** Samples of the short window that a report needs, so that one busy second at the start is not the mean. */
const SAMPLES_MIN = 3;
/** Seconds after which those samples should be there. */
const FILLED_AFTER_SECONDS = 6;
/** Bytes of a GB on the wire. */
const GB_BYTES = 2 ** 30;

/** The report of what was sampled so far. */
export function reportOf(windows: SampleWindows): ReportOutcome {
  // The first sample only tells what the second is compared with.
  if (windows.elapsedSeconds <= SAMPLES_MIN) return { kind: "filling" };
  const shortSeconds = Math.min(SHORT_SECONDS, windows.seconds);
  const short = windows.means(shortSeconds);
  const long = windows.means();
  if (
    short.measuredSeconds < SAMPLES_MIN ||
    short.memoryUsedBytes === undefined || long.memoryUsedBytes === undefined
  ) {
    return windows.elapsedSeconds < FILLED_AFTER_SECONDS
      ? { kind: "filling" }
      : {
        kind: "absent",
        reason:
          `CPU and memory were both measured in ${short.measuredSeconds} of the last ${shortSeconds} s, ${SAMPLES_MIN} are needed`,
      };
  }
  const totals = withKnownDisk(windows.totals, short.diskUsedBytes);
  return {
    kind: "ready",
    report: {
      coreUsagePct: long.coreUsedPct,
      memory: roomOf(totals.memoryBytes, long.memoryUsedBytes),
      disk: roomOf(totals.diskBytes, long.diskUsedBytes ?? 0),
      gpus: windows.gpus.readings(windows.seconds),
      windowSeconds: windows.seconds,
      windowFilledSeconds: long.measuredSeconds,
      shortWindow: {
        seconds: short.measuredSeconds,
        coreUsagePct: short.coreUsedPct,
        memoryUsedGb: roomOf(totals.memoryBytes, short.memoryUsedBytes).usedGb,
        diskUsedGb: roomOf(totals.diskBytes, short.diskUsedBytes ?? 0).usedGb,
        gpus: windows.gpus.readings(shortSeconds),
      },
    },
  };
}

function withKnownDisk(
  totals: Totals,
  diskUsedBytes: number | undefined,
): Totals {
  return diskUsedBytes === undefined ? { ...totals, diskBytes: 0 } : totals;
}

/** Used and available make the total, also when the machine has shrunk since some of the samples. */
function roomOf(totalBytes: number, usedBytesMean: number): Room {
  const usedBytes = Math.min(usedBytesMean, totalBytes);
  return {
    totalGb: totalBytes / GB_BYTES,
    usedGb: usedBytes / GB_BYTES,
    availableGb: (totalBytes - usedBytes) / GB_BYTES,
  };
}
