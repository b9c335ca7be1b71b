/** The two forms of the page, which of them a reader prefers, and what stands above a family's series. */
import type { Family } from "./family.ts";

/** Prometheus' text 0.0.4, or OpenMetrics 1.0. */
export type Form = "prometheus" | "openmetrics";

/** What the page says it is. */
export const CONTENT_TYPES: Readonly<Record<Form, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** What ends the page. */
export const ENDS: Readonly<Record<Form, string>> = {
  prometheus: "",
  openmetrics: "# EOF\n",
};

/**
 * The form that an `Accept` field (RFC 9110, section 12.5.1) prefers. OpenMetrics is for those who name it, and whoever
 * wants neither form gets the older one: a page in the wrong form tells more than none.
 */
export function preferredForm(accept: string | null): Form {
  let openmetrics = 0;
  let prometheus = 0;
  for (const range of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) =>
      part.trim().toLowerCase()
    );
    const version = valueOf(parameters, "version");
    const weight = weightOf(parameters);
    if (type === "application/openmetrics-text") {
      if (version === undefined || version === "1.0.0") {
        openmetrics = Math.max(openmetrics, weight);
      }
    } else if (type === "text/plain") {
      if (version === undefined || version === "0.0.4") {
        prometheus = Math.max(prometheus, weight);
      }
    }
  }
  return openmetrics > 0 && openmetrics >= prometheus
    ? "openmetrics"
    : "prometheus";
}

/** What stands above the series of a family. */
export function headOf({ name, type, help, unit }: Family, form: Form): string {
  if (form === "openmetrics") {
    const text = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
      .replaceAll('"', '\\"');
    return `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n` +
      (unit === undefined ? "" : `# UNIT ${name} ${unit}\n`);
  }
  const text = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  const full = `${name}${SUFFIXES[type]}`;
  return `# HELP ${full} ${text}\n# TYPE ${full} ${
    type === "info" ? "gauge" : type
  }\n`;
}

/** What names of the older form have that the family's name has not. */
const SUFFIXES: Readonly<Record<Family["type"], string>> = {
  counter: "_total",
  gauge: "",
  histogram: "",
  info: "_info",
};

function weightOf(parameters: readonly string[]): number {
  const weight = Number(valueOf(parameters, "q") ?? "1");
  return weight >= 0 && weight <= 1 ? weight : 0;
}

function valueOf(
  parameters: readonly string[],
  name: string,
): string | undefined {
  const found = parameters.find((one) => one.startsWith(`${name}=`));
  return found?.slice(name.length + 1).replace(/^"(.*)"$/, "$1");
}
