/** What the house rules read out of Markdown. */

/** Fenced blocks and code spans. */
const CODE = /^(```|~~~)[^\n]*\n([^]*?)^\1|`([^`\n]+)`/gm;

/** The text of every code block and code span. */
export function codeOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(CODE)].map((match) =>
    match[2] ?? match[3] ?? ""
  );
}

/** The targets of links and images, without code. */
export function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replace(CODE, "");
  const inline = prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g);
  const references = prose.matchAll(/^\[[^\]]+\]:\s*<?([^\s>]+)>?/gm);
  return [...inline, ...references].map((match) => match[1] ?? "");
}

/** The anchors that the headings of a document have on code hosts. */
export function anchorsOf(markdown: string): readonly string[] {
  const prose = markdown.replace(/^(```|~~~)[^\n]*\n[^]*?^\1/gm, "");
  return [...prose.matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)].map((match) =>
    (match[1] ?? "").toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-")
  );
}

/** The path a link of the file `from` leads to, or undefined when it leads out of the repository or to a web page. */
export function linkTarget(
  from: string,
  link: string,
): { readonly path: string; readonly anchor: string } | undefined {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(link)) return undefined;
  const [target = "", anchor = ""] = link.split("#");
  if (target === "") return { path: from, anchor };
  const url = new URL(target, `file:///${from}`);
  return {
    path: decodeURIComponent(url.pathname).slice(1).replace(/\/$/, ""),
    anchor,
  };
}
