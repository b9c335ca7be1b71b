/**
 * The words about fields that stand beside the schemas: a `/** … *\/` above a field of `src/wire` is its description in
 * the API's document, so that it is written once and costs the server nothing.
 */

/** What one declaration says of its fields. */
interface Declaration {
  readonly file: string;
  /** By the names of fields, dots between those inside one another. */
  readonly fields: Map<string, Field>;
  /** Names of declarations whose fields it takes over. */
  readonly bases: string[];
}

interface Field {
  readonly words: string | undefined;
  /** Names in its schema; those of declarations say what is inside it. */
  readonly names: readonly string[];
}

/** The comments of some files. */
export class DocComments {
  readonly #declarations = new Map<string, Declaration[]>();

  /** Takes the declarations of one file. */
  add(file: string, text: string): void {
    for (const { name, lines } of declarationsOf(text)) {
      const known = this.#declarations.get(name) ?? [];
      known.push({ file, ...fieldsOf(lines) });
      this.#declarations.set(name, known);
    }
  }

  /** What is said of a field of a declaration; undefined when nothing is. */
  of(name: string, path: readonly string[]): string | undefined {
    return this.#find(name, path, undefined, new Set());
  }

  #find(
    name: string,
    path: readonly string[],
    file: string | undefined,
    seen: Set<string>,
  ): string | undefined {
    const key = `${name} ${path.join(".")}`;
    if (seen.has(key)) return undefined;
    seen.add(key);
    const known = this.#declarations.get(name) ?? [];
    const declaration = known.find((one) => one.file === file) ?? known[0];
    if (declaration === undefined) return undefined;
    const { fields, bases } = declaration;
    const own = fields.get(path.join("."))?.words;
    if (own !== undefined) return own;
    for (let depth = path.length - 1; depth > 0; depth--) {
      const outer = fields.get(path.slice(0, depth).join("."));
      for (const inner of outer?.names ?? []) {
        const rest = path.slice(depth);
        const found = this.#find(inner, rest, declaration.file, seen);
        if (found !== undefined) return found;
      }
    }
    for (const base of bases) {
      const found = this.#find(base, path, declaration.file, seen);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Top-level declarations with their lines, up to the next line that begins at the margin with a word or a comment. */
function declarationsOf(text: string) {
  const found: { name: string; lines: string[] }[] = [];
  let lines: string[] | undefined;
  for (const line of text.split("\n")) {
    const name = /^(?:export )?(?:const|function|interface) (\w+)/.exec(line)
      ?.[1];
    if (name !== undefined) {
      lines = [line];
      found.push({ name, lines });
    } else if (/^[\w/]/.test(line)) lines = undefined;
    else lines?.push(line);
  }
  return found;
}

function fieldsOf(lines: readonly string[]): Omit<Declaration, "file"> {
  const fields = new Map<string, Field>();
  const bases: string[] = [];
  const outer: { readonly indent: number; readonly name: string }[] = [];
  let comment: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (/^\s*(\/\*\*|\*)/.test(line)) {
      if (/^\s*\/\*\*/.test(line)) comment = [];
      comment.push(line.replace(/^\s*\/?\*+\/? ?|\s*\*\/\s*$/g, ""));
      continue;
    }
    const match = FIELD.exec(line) ??
      (comment.length === 0 ? null : SHORTHAND.exec(line));
    if (index === 0) {
      for (const [, name = "", schema = ""] of line.matchAll(INLINE)) {
        fields.set(name, { words: undefined, names: namesOf(schema) });
      }
    }
    if (match === null) {
      bases.push(...namesOf(index === 0 ? afterEquals(line) : spread(line)));
    } else {
      const [, indent = "", name = "", schema = name] = match;
      while ((outer.at(-1)?.indent ?? -1) >= indent.length) outer.pop();
      outer.push({ indent: indent.length, name });
      const path = outer.map((one) => one.name).join(".");
      if (!fields.has(path)) {
        const words = comment.join(" ").trim().replaceAll(LINK, "$1");
        fields.set(path, { words: words || undefined, names: namesOf(schema) });
      }
    }
    comment = [];
  }
  return { fields, bases };
}

/** A field with its schema or type. */
const FIELD = /^(\s+)(?:readonly )?([a-z_]\w*)\??: (.*)$/;

/** A field that is called like its schema; without a comment any name in any list would be one. */
const SHORTHAND = /^(\s+)([a-z_]\w*),$/;

/** Fields of a declaration of one line. */
const INLINE = /(?<=[{,] )([a-z_]+): ([^,{}]+)/g;

/** `{@link NAME}` as documents show it. */
const LINK = /\{@link (\w+)\}/g;

function afterEquals(line: string): string {
  return line.slice(line.indexOf("=") + 1);
}

function spread(line: string): string {
  return /^(?:\s+\.\.\.|\}\) satisfies )(.*)$/.exec(line)?.[1] ??
    /^\s*(?:return .*|.*\.extend\(.*)$/.exec(line)?.[0] ?? "";
}

function namesOf(schema: string): readonly string[] {
  return schema.match(/[A-Za-z_]\w*/g) ?? [];
}
