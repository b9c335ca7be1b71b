/** A page of metrics taken apart. */

/** A family as a page tells of it. */
export interface PageFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Lines of its series. */
  readonly lines: readonly string[];
}

/** The families of a page of Prometheus text 0.0.4, in their order. */
export function familiesOf(text: string): readonly PageFamily[] {
  return text.split(/^(?=# HELP )/m).map((part) => {
    const [help = "", type = "", ...lines] = part.trimEnd().split("\n");
    const [, , name = "", ...words] = help.split(" ");
    return {
      name,
      type: type.split(" ")[3] ?? "",
      help: words.join(" "),
      lines,
    };
  });
}

/** The series of a page. */
export function linesOf(text: string): readonly string[] {
  return text.trimEnd().split("\n").filter((line) => !line.startsWith("#"));
}

/** The value of a series as it stands there; undefined when it is not there. */
export function valueOf(text: string, series: string): number | undefined {
  const line = linesOf(text).find((line) => line.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}
