/** The last line of `deno test`: read, added up, written. */

/** How many tests did what. */
export interface Summary {
  readonly passed: number;
  /** Steps of tests, which are counted apart. */
  readonly steps: number;
  readonly failed: number;
  readonly failedSteps: number;
  readonly ignored: number;
}

const LINE =
  /^(?:ok|FAILED) \| (\d+) passed(?: \((\d+) steps?\))? \| (\d+) failed(?: \((\d+) steps?\))?(?: \| (\d+) ignored(?: \(\d+ steps?\))?)?.* \(\w+\)$/gm;

/** What sets colours on a terminal (ECMA-48, SGR). */
const COLOURS = new RegExp(String.raw`\u001b\[[0-9;]*m`, "g");

/** The last summary in what a run printed, colours and all; undefined when it ended without. */
export function readSummary(text: string): Summary | undefined {
  const plain = text.replaceAll(COLOURS, "");
  const found = [...plain.matchAll(LINE)].at(-1);
  if (found === undefined) return undefined;
  const [passed = 0, steps = 0, failed = 0, failedSteps = 0, ignored = 0] =
    found.slice(1).map((digits) => Number(digits ?? 0));
  return { passed, steps, failed, failedSteps, ignored };
}

/** The sum of several runs. */
export function addSummaries(summaries: readonly Summary[]): Summary {
  const sum = (of: (summary: Summary) => number) =>
    summaries.reduce((total, summary) => total + of(summary), 0);
  return {
    passed: sum(({ passed }) => passed),
    steps: sum(({ steps }) => steps),
    failed: sum(({ failed }) => failed),
    failedSteps: sum(({ failedSteps }) => failedSteps),
    ignored: sum(({ ignored }) => ignored),
  };
}

/** The line as `deno test` writes it. */
export function summaryLine(
  { passed, steps, failed, failedSteps, ignored }: Summary,
  seconds: number,
): string {
  const of = (count: number) => count === 0 ? "" : ` (${count} steps)`;
  const parts = [
    failed > 0 ? "FAILED" : "ok",
    `${passed} passed${of(steps)}`,
    `${failed} failed${of(failedSteps)}`,
    ...(ignored > 0 ? [`${ignored} ignored`] : []),
  ];
  const whole = Math.round(seconds);
  const time = whole < 60
    ? `${whole}s`
    : `${Math.floor(whole / 60)}m${whole % 60}s`;
  return `${parts.join(" | ")} (${time})`;
}
