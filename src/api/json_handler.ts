/** From a request's bytes to a value that can be believed: type, length, UTF-8, JSON, schema. */
import { parseJson } from "../wire/json_text.ts";
import { type Fault, parse, type Schema } from "../wire/parse.ts";
import { type BodyLimits, bytesOf } from "./body_reader.ts";
import { type BodyKind, bodyKindOf, unsupportedType } from "./content_type.ts";
import type { Call, Handler, Outcome } from "./endpoint.ts";
import { type Problem, problem } from "./problems.ts";

/**
 * A handler that reads the body by the schema; `handle` never sees one that is not valid. With the bytes at hand nothing
 * is awaited here.
 */
export function jsonHandler<Body>(
  schema: Schema<Body>,
  limits: BodyLimits,
  handle: (body: Body, call: Call) => Outcome | Promise<Outcome>,
): Handler {
  // One decoder for all bodies: each is decoded whole, so it keeps nothing. It skips a byte order mark.
  const utf8 = new TextDecoder("utf-8", { fatal: true });

  return (call) => {
    const { request, body } = call;
    const kind = bodyKindOf(request.headers);
    if (typeof kind !== "string") return kind;
    const bytes = bytesOf(body, limits);
    return bytes instanceof Promise
      ? bytes.then((bytes) => call.lateRefusal?.() ?? take(bytes, kind, call))
      : take(bytes, kind, call);
  };

  function take(
    bytes: Uint8Array | Problem,
    kind: BodyKind,
    call: Call,
  ): Outcome | Promise<Outcome> {
    if (!(bytes instanceof Uint8Array)) return bytes;
    const text = decode(bytes, utf8);
    if (text === undefined) return notJson("not UTF-8");
    if (kind === "json_if_object" && !startsObject(text)) {
      return unsupportedType("text/plain");
    }
    const json = parseJson(text);
    if (json.kind === "not_json") return notJson(json.reason);
    const parsed = parse(schema, json.value);
    switch (parsed.kind) {
      case "valid":
        return handle(parsed.value, call);
      case "missing":
        return problem(
          "missing_field",
          `Missing required field: ${parsed.field}`,
          { faults: parsed.faults },
        );
      case "invalid":
        return invalid(parsed.faults);
    }
  }
}

function decode(bytes: Uint8Array, utf8: TextDecoder): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}

function startsObject(text: string): boolean {
  return /^[ \t\r\n]*\{/.test(text);
}

function notJson(reason: string): Problem {
  return problem("invalid_json", `Invalid JSON body: ${reason}`);
}

function invalid(faults: readonly Fault[]): Problem {
  const [first] = faults;
  if (first === undefined || first.field === "") {
    return notJson(first?.detail ?? "not what was wanted");
  }
  const others = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  const detail = `Invalid field "${first.field}": ${first.detail}${others}`;
  return problem("invalid_field", detail, { faults });
}
