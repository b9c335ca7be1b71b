/** What a check of the database found, in words. */
import type { DatabaseCheck } from "../store/check_database.ts";

/** The outcome in its first line, then what is wrong, then what is in it. */
export function checkText(path: string, found: DatabaseCheck): string {
  const { schemaVersion, bytes, logBytes, oldestReport, newestReport } = found;
  const rows = Object.entries(found.rows)
    .map(([table, count]) => `${table} ${count ?? "unknown"}`).join(", ");
  return [
    `"${path}" ${VERDICTS[found.verdict]}`,
    ...found.damage.map((fault) => `damage: ${fault}`),
    ...found.findings.map((finding) => `finding: ${finding}`),
    `size: ${bytesText(bytes)} and ${bytesText(logBytes)} of log`,
    ...(schemaVersion === undefined
      ? []
      : [`schema: version ${schemaVersion}`]),
    ...(rows === "" ? [] : [`rows: ${rows}`]),
    ...(oldestReport === undefined || newestReport === undefined
      ? []
      : [`reports: from ${oldestReport} to ${newestReport}`]),
  ].map((line) => `${line}\n`).join("");
}

/** A number of bytes in the largest unit that leaves it above one. */
export function bytesText(bytes: number): string {
  let amount = bytes;
  let index = 0;
  while (amount >= UNIT_FACTOR && index < UNITS.length - 1) {
    amount /= UNIT_FACTOR;
    index++;
  }
  return `${index === 0 ? amount : amount.toFixed(1)} ${UNITS[index]}`;
}

const VERDICTS: Readonly<Record<DatabaseCheck["verdict"], string>> = {
  fine: "is fine",
  findings: "can be used, with findings",
  damaged: "is damaged; a server that meets the damage sets it aside",
};

const UNITS = ["bytes", "KB", "MB", "GB"] as const;
const UNIT_FACTOR = 1000;
