/** JSON text to a value, bounded in depth; its length is bounded by whoever read it. */
import { JSON_DEPTH_MAX } from "./bounds.ts";

/** The outcome of {@link parseJson}. */
export type ParsedJson =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "not_json"; readonly reason: string };

/**
 * Reads JSON (RFC 8259). Of two members with one name the later counts, and `__proto__` is a member like any other,
 * as `JSON.parse` has it.
 */
export function parseJson(text: string): ParsedJson {
  if (isTooDeep(text)) {
    const reason =
      `more than ${JSON_DEPTH_MAX} arrays or objects in one another`;
    return { kind: "not_json", reason };
  }
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: "not_json", reason: error.message };
  }
}

/** Counts brackets outside strings; a text too short to hold so many of both kinds costs nothing. */
function isTooDeep(text: string): boolean {
  if (text.length < 2 * JSON_DEPTH_MAX) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      if (++depth > JSON_DEPTH_MAX) return true;
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
      depth--;
    }
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
