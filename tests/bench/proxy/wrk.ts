/** Load by wrk, and its output read. */

/** What one run gave. */
export interface WrkRun {
  readonly requestsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs wrk with one thread; throws when a reply was an error or a connection failed. */
export async function runWrk(
  url: string,
  connections: number,
  seconds: number,
): Promise<WrkRun> {
  const { code, stdout, stderr } = await new Deno.Command("wrk", {
    args: [
      ...["-t", "1", "-c", String(connections), "-d", `${seconds}s`],
      ...["--latency", "--timeout", "10s", url],
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (code !== 0) {
    throw new Error(
      `wrk ended with ${code}: ${new TextDecoder().decode(stderr)}`,
    );
  }
  return readWrk(text);
}

/** Reads what wrk prints with `--latency`. */
export function readWrk(text: string): WrkRun {
  const trouble = /^.*(Non-2xx|Socket errors).*$/m.exec(text);
  if (trouble !== null) throw new Error(`wrk met errors: ${trouble[0].trim()}`);
  return {
    requestsPerSecond: Number(found(text, /Requests\/sec:\s+([\d.]+)/)[0]),
    bytesPerSecond: amount(
      found(text, /Transfer\/sec:\s+([\d.]+)(\w+)/),
      BYTES,
    ),
    p50Ms: amount(found(text, /^\s+50%\s+([\d.]+)(\w+)/m), MILLISECONDS),
    p99Ms: amount(found(text, /^\s+99%\s+([\d.]+)(\w+)/m), MILLISECONDS),
  };
}

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
};
const MILLISECONDS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
};

function found(text: string, pattern: RegExp): readonly string[] {
  const match = pattern.exec(text);
  if (match === null) throw new Error(`wrk did not say ${pattern}: ${text}`);
  return match.slice(1);
}

function amount(
  [value, unit = ""]: readonly string[],
  units: Readonly<Record<string, number>>,
): number {
  const factor = units[unit];
  if (factor === undefined) throw new Error(`wrk used the unit "${unit}"`);
  return Number(value) * factor;
}
