/**
 * Where a proxied request says which tier it needs: a field of its JSON body, its query, a header field, else the
 * default, in that order. Owner of nothing; the body scan is the exchange's.
 */
import type { FieldNames } from "../http1/field_names.ts";
import { OTHER } from "../http1/field_names.ts";
import { mediaTypeEnd } from "../http1/field_values.ts";
import { isText, QUESTION, textOf } from "../http1/octets.ts";
import type { RequestHead } from "../http1/request_head.ts";
import { JsonFields } from "./json_fields.ts";
import type { EdgeSettings } from "./settings.ts";

/** The parameter of a query that names the tier when `tier_field_name` is not there. */
const USUAL_PARAMETER = "tier";
const LATITUDE = "client_lat";
const LONGITUDE = "client_lon";

/** A place that a body names. */
export interface NamedPlace {
  readonly latitude: number;
  readonly longitude: number;
}

/** Finds the tier of a request. */
export class TierSources {
  readonly #settings: EdgeSettings;
  readonly #header: number;

  /** Sources by these settings; `names` knows the header field. */
  constructor(settings: EdgeSettings, names: FieldNames) {
    this.#settings = settings;
    this.#header = settings.tierHeader === ""
      ? OTHER
      : names.numberOf(settings.tierHeader);
  }

  /**
   * Whether the body is to be looked at: it can be JSON, and it comes unasked. (A caller that waits for 100 (Continue)
   * is answered by the origin, end to end, so its body comes too late to choose the origin by.)
   */
  wantsBody(bytes: Uint8Array, head: RequestHead): boolean {
    const { tierFieldName, tierPeekBytes } = this.#settings;
    return head.hasBody && !head.expectsContinue && tierPeekBytes > 0 &&
      tierFieldName !== "" && canBeJson(bytes, head);
  }

  /** A scan for the fields of a body that matter. */
  scan(): JsonFields {
    return new JsonFields([
      this.#settings.tierFieldName,
      LATITUDE,
      LONGITUDE,
    ]);
  }

  /** The tier that the request names, the default when none. */
  tierOf(
    bytes: Uint8Array,
    head: RequestHead,
    body: JsonFields | undefined,
  ): string {
    const inBody = body?.text(this.#settings.tierFieldName);
    if (inBody !== undefined && inBody !== "") return inBody;
    return this.#inQuery(bytes, head) ?? this.#inHeader(bytes, head) ??
      this.#settings.defaultTier;
  }

  /** The place that the body names. */
  placeOf(body: JsonFields | undefined): NamedPlace | undefined {
    const latitude = body?.number(LATITUDE);
    const longitude = body?.number(LONGITUDE);
    if (latitude === undefined || longitude === undefined) return undefined;
    const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
    return isPlace ? { latitude, longitude } : undefined;
  }

  #inQuery(bytes: Uint8Array, head: RequestHead): string | undefined {
    let at = head.pathStart;
    while (at < head.targetEnd && bytes[at] !== QUESTION) at++;
    if (at >= head.targetEnd) return undefined;
    const query = textOf(bytes, at + 1, head.targetEnd);
    const { tierFieldName } = this.#settings;
    let usual: string | undefined;
    for (const pair of query.split("&")) {
      const equals = pair.indexOf("=");
      if (equals === -1) continue;
      const name = decoded(pair.slice(0, equals));
      const value = decoded(pair.slice(equals + 1));
      if (value === "") continue;
      if (name === tierFieldName) return value;
      if (name === USUAL_PARAMETER) usual ??= value;
    }
    return usual;
  }

  #inHeader(bytes: Uint8Array, head: RequestHead): string | undefined {
    if (this.#header === OTHER) return undefined;
    const value = fieldText(bytes, head, this.#header);
    return value === "" ? undefined : value;
  }
}

/** The value of the first field with this number; undefined when there is none. */
export function fieldText(
  bytes: Uint8Array,
  { fields }: RequestHead,
  number: number,
): string | undefined {
  for (let i = 0; i < fields.count; i++) {
    if (fields.number(i) === number) {
      return textOf(bytes, fields.valueStart(i), fields.valueEnd(i));
    }
  }
  return undefined;
}

/** The documented fetch example sends no type, and browsers make that text/plain. */
function canBeJson(bytes: Uint8Array, head: RequestHead): boolean {
  if (head.contentType === -1) return true;
  const start = head.fields.valueStart(head.contentType);
  const valueEnd = head.fields.valueEnd(head.contentType);
  const end = mediaTypeEnd(bytes, start, valueEnd);
  return end === start || isText(bytes, start, end, "application/json") ||
    isText(bytes, start, end, "text/plain") ||
    isText(bytes, Math.max(start, end - JSON_SUFFIX.length), end, JSON_SUFFIX);
}

const JSON_SUFFIX = "+json";

/** A part of a query as forms encode it; left as it is when it is encoded badly. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll("+", " "));
  } catch {
    return part;
  }
}
