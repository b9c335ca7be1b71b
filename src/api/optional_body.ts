/** Requests that may come without a body: what is absent is an empty object. */
import type { Schema } from "../wire/parse.ts";
import { type BodyLimits, bytesOf } from "./body_reader.ts";
import { bodyKindOf } from "./content_type.ts";
import type { Call, Handler, Outcome } from "./endpoint.ts";
import { jsonHandler } from "./json_handler.ts";

/** A handler like `jsonHandler` that takes an empty body for `{}`. */
export function optionalJsonHandler<Body>(
  schema: Schema<Body>,
  limits: BodyLimits,
  handle: (body: Body, call: Call) => Outcome | Promise<Outcome>,
): Handler {
  const handleJson = jsonHandler(schema, limits, handle);

  return async (call) => {
    const kind = bodyKindOf(call.request.headers);
    if (typeof kind !== "string") return kind;
    const bytes = await bytesOf(call.body, limits);
    const late = call.lateRefusal?.();
    if (late !== undefined) return late;
    if (!(bytes instanceof Uint8Array)) return bytes;
    const body = bytes.byteLength === 0 ? EMPTY_OBJECT : bytes;
    return await handleJson({ ...call, body });
  };
}

const EMPTY_OBJECT = new TextEncoder().encode("{}");
