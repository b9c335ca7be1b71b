/** What a request says of its body. */
import type { ApiFields } from "./endpoint.ts";
import { type Problem, problem } from "./problems.ts";

/**
 * How the body is to be taken: as JSON, or as JSON if it looks like it (a `fetch` of a string that names no type
 * sends `text/plain`).
 */
export type BodyKind = "json" | "json_if_object";

/** The kind of the body, or why it can't be read. No type at all means JSON. */
export function bodyKindOf(headers: ApiFields): BodyKind | Problem {
  const coding = headers.get("content-encoding");
  if (coding !== null && coding.toLowerCase() !== "identity") {
    const detail = `Unsupported content coding "${coding}", wanted none`;
    return problem("unsupported_encoding", detail);
  }
  const header = headers.get("content-type");
  if (header === null || header === "application/json") return "json";
  const [type = "", ...parameters] = header.toLowerCase().split(";");
  const kind = kindOfType(type.trim());
  if (kind === undefined) return unsupportedType(header);
  const charset = charsetOf(parameters);
  if (charset === undefined || UTF_8.includes(charset)) return kind;
  const detail = `Invalid JSON body: charset "${charset}", wanted "utf-8"`;
  return problem("invalid_json", detail);
}

/** The refusal of a body of another type. */
export function unsupportedType(type: string): Problem {
  const detail =
    `Unsupported content type "${type}", wanted "application/json"`;
  return problem("unsupported_media_type", detail);
}

/** Names of UTF-8, and of ASCII, which is a part of it. */
const UTF_8: readonly string[] = ["utf-8", "utf8", "us-ascii"];

function kindOfType(type: string): BodyKind | undefined {
  if (type === "" || type === "application/json") return "json";
  if (/^[^\s/]+\/[^\s/]+\+json$/.test(type)) return "json";
  return type === "text/plain" ? "json_if_object" : undefined;
}

function charsetOf(parameters: readonly string[]): string | undefined {
  for (const parameter of parameters) {
    const [name = "", value = ""] = parameter.split("=");
    if (name.trim() === "charset") return value.trim().replaceAll('"', "");
  }
  return undefined;
}
