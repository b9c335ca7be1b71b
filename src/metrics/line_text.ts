/**
 * Labels and numbers as Prometheus' text 0.0.4 and OpenMetrics 1.0 write them, which is the same for both.
 * https://prometheus.io/docs/instrumenting/exposition_formats/, https://prometheus.io/docs/specs/om/open_metrics_spec/
 */

/** Labels by their names, which are ours; the values may be anybody's words. */
export type Labels = Readonly<Record<string, string>>;

/** The labels in braces; nothing when there are none. */
export function labelText(labels: Labels): string {
  let text = "";
  for (const name in labels) {
    const pair = `${name}="${labelValueText(labels[name]!)}"`;
    text += text === "" ? `{${pair}` : `,${pair}`;
  }
  return text === "" ? "" : `${text}}`;
}

/** A value as it stands between quotes. */
export function labelValueText(value: string): string {
  const text = value.isWellFormed() ? value : value.toWellFormed();
  return MUST_BE_ESCAPED.test(text)
    ? text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')
      .replaceAll("\n", "\\n")
    : text;
}

/** A number. */
export function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : `${value}`;
}

/** The end of a bucket: OpenMetrics wants to see that it is no integer. */
export function boundText(bound: number): string {
  const text = numberText(bound);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

const MUST_BE_ESCAPED = /["\\\n]/;
