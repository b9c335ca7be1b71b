/** Schemas of the API's document as trees of HTML lists. */
import { type Html, markup, prose } from "./docs_html.ts";
import type { JsonSchema, OpenApi } from "./openapi_types.ts";

/** Draws schemas; those with a name that more than one operation uses as links to where they are drawn once. */
export class Shapes {
  readonly #schemas: OpenApi["components"]["schemas"];
  readonly #shared: ReadonlySet<string>;

  constructor({ paths, components: { schemas } }: OpenApi) {
    this.#schemas = schemas;
    const uses = new Map<string, number>();
    const count = (text: string) => {
      for (const [, name = ""] of text.matchAll(REFERENCES)) {
        uses.set(name, (uses.get(name) ?? 0) + 1);
      }
    };
    const operations = Object.values(paths).flatMap((item) =>
      Object.values(item)
    );
    for (const operation of operations) count(JSON.stringify(operation));
    for (const schema of Object.values(schemas)) count(JSON.stringify(schema));
    this.#shared = new Set(
      Object.keys(schemas).filter((name) => (uses.get(name) ?? 0) > 1),
    );
  }

  /** Those that are drawn once, each under its name. */
  shared(): Html {
    const drawn = [...this.#shared].map((name) =>
      markup`<section id="shape-${name}"><h3>${name}</h3>${
        this.#body(this.#schemas[name] ?? {})
      }</section>`
    );
    return markup`${drawn}`;
  }

  /** What a body is: a link, or the tree. */
  of(schema: JsonSchema): Html {
    const name = nameOf(schema);
    if (name === undefined) return this.#body(schema);
    if (this.#shared.has(name)) return markup`<p>${link(name)}</p>`;
    return this.#body(this.#schemas[name] ?? {});
  }

  #body(schema: JsonSchema): Html {
    const { description = "" } = schema;
    return markup`
      <p>${prose(description)} <i>${this.#kind(schema)}</i></p>
      ${this.#inside(schema)}`;
  }

  /** The fields of an object, the elements of a list, the alternatives of a union. */
  #inside(schema: JsonSchema): Html | undefined {
    const { properties, items, required = [] } = schema;
    if (properties !== undefined) {
      const fields = Object.entries(properties).map(([name, field]) =>
        // A list's element ends where the next begins.
        markup`<li><code>${name}</code>${
          required.includes(name) ? REQUIRED : undefined
        } ${this.#field(field)}`
      );
      return markup`<ul>${fields}</ul>`;
    }
    if (items !== undefined) return this.#within(items);
    const options = (schema.anyOf ?? schema.oneOf ?? [])
      .filter(({ type }) => type !== "null");
    const [only] = options;
    // Of plain values the type has said all.
    if (only === undefined || options.every(isScalar)) return undefined;
    if (options.length === 1) return this.#within(only);
    const listed = options.map((one) => markup`<li>${this.#field(one)}`);
    return markup`<ul>${listed}</ul>`;
  }

  #within(schema: JsonSchema): Html | undefined {
    const name = nameOf(schema);
    if (name === undefined) return this.#inside(schema);
    return this.#shared.has(name) ? undefined : this.of(schema);
  }

  #field(schema: JsonSchema): Html {
    const name = nameOf(schema);
    if (name !== undefined && !this.#shared.has(name)) return this.of(schema);
    const { description = "" } = schema;
    return markup`<i>${this.#kind(schema)}</i> ${prose(description)}${
      this.#inside(schema)
    }`;
  }

  /** The type, with links to what is drawn elsewhere. */
  #kind(schema: JsonSchema): Html {
    const parts = typeOf(schema).split(/(?<=^|\W)([A-Z]\w+)/);
    return markup`${
      parts.map((part) => this.#shared.has(part) ? link(part) : part)
    }`;
  }
}

/** Marks fields that are always there. */
export const REQUIRED = markup`<b>*</b>`;

const REFERENCES = /"#\/components\/schemas\/(\w+)"/g;

function nameOf({ $ref }: JsonSchema): string | undefined {
  return $ref?.replace("#/components/schemas/", "");
}

function isScalar({ type = "object" }: JsonSchema): boolean {
  return type !== "object" && type !== "array";
}

function link(name: string): Html {
  return markup`<a href="#shape-${name}">${name}</a>`;
}

/** The type of a value with its bounds, in a few words. */
export function typeOf(schema: JsonSchema): string {
  const name = nameOf(schema);
  if (name !== undefined) return name;
  const { type, minimum, exclusiveMinimum, maximum, maxLength } = schema;
  const values = schema.enum ??
    (schema.const === undefined ? undefined : [schema.const]);
  if (values !== undefined) return values.map(shown).join(" | ");
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) {
    const kinds = union.map(typeOf);
    return [...new Set(kinds)].join(" | ");
  }
  const { items, additionalProperties, maxItems, format, contentSchema } =
    schema;
  const types = [type ?? "any"].flat();
  const isMap = typeof additionalProperties === "object";
  const kind = isMap
    ? `object of ${typeOf(additionalProperties)}`
    : types.filter((one) => one !== "null" || types.length === 1).join(" | ");
  const inner = contentSchema ?? items;
  const of = inner === undefined ? "" : ` of ${bracketed(typeOf(inner))}`;
  const orNull = types.length > 1 && types.includes("null") ? " | null" : "";
  const bounds = [
    ...(minimum === undefined ? [] : [`≥ ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`> ${exclusiveMinimum}`]),
    // What every whole number is below says nothing.
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
      ? []
      : [`≤ ${maximum}`]),
    ...(maxLength === undefined ? [] : [`≤ ${maxLength} characters`]),
    ...(maxItems === undefined ? [] : [`≤ ${maxItems} elements`]),
    ...(format === undefined ? [] : [format]),
  ].join(", ");
  return `${kind}${of}${orNull}${bounds === "" ? "" : `, ${bounds}`}`;
}

/** So that bounds of the elements are not taken for those of the list. */
function bracketed(kind: string): string {
  return /[,|]/.test(kind) ? `(${kind})` : kind;
}

function shown(value: unknown): string {
  return typeof value === "string" && value !== ""
    ? value
    : JSON.stringify(value);
}
