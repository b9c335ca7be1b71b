/** As much of JSON Schema 2020-12 as our schemas use: whether a value is valid. An unknown keyword is an error. */

/** Keywords that say nothing about validity. */
const ANNOTATIONS = [
  "$schema",
  "title",
  "description",
  "default",
  "writeOnly",
  "deprecated",
];

/** Whether the schema accepts the value. */
export function accepts(schema: unknown, value: unknown): boolean {
  return Object.entries(recordOf(schema)).every(([keyword, argument]) =>
    ANNOTATIONS.includes(keyword) ||
    holds(keyword, argument, value, recordOf(schema))
  );
}

function holds(
  keyword: string,
  argument: unknown,
  value: unknown,
  schema: Record<string, unknown>,
): boolean {
  switch (keyword) {
    case "type":
      return [argument].flat().some((type) => isOfType(type, value));
    case "enum":
      return Array.isArray(argument) && argument.includes(value);
    case "anyOf":
      return Array.isArray(argument) &&
        argument.some((inner) => accepts(inner, value));
    case "minimum":
      return typeof value !== "number" || value >= Number(argument);
    case "exclusiveMinimum":
      return typeof value !== "number" || value > Number(argument);
    case "maximum":
      return typeof value !== "number" || value <= Number(argument);
    case "pattern":
      return typeof value !== "string" ||
        new RegExp(String(argument), "u").test(value);
    case "maxLength":
      return typeof value !== "string" || [...value].length <= Number(argument);
    case "maxItems":
      return !Array.isArray(value) || value.length <= Number(argument);
    case "items":
      return !Array.isArray(value) ||
        value.every((item) => accepts(argument, item));
    case "required":
      return !isObject(value) ||
        [argument].flat().every((name) => Object.hasOwn(value, String(name)));
    case "properties":
      return !isObject(value) ||
        Object.entries(recordOf(argument)).every(([name, inner]) =>
          !Object.hasOwn(value, name) || accepts(inner, value[name])
        );
    case "additionalProperties":
      return !isObject(value) || argument !== false ||
        Object.keys(value).every((name) =>
          Object.hasOwn(recordOf(schema.properties), name)
        );
    default:
      throw new TypeError(`Unknown keyword "${keyword}"`);
  }
}

function isOfType(type: unknown, value: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    default:
      throw new TypeError(`Unknown type "${type}"`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function recordOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
