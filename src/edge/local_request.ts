/**
 * A request to the API as it is handed over without a connection: what is held of the caller, not copied. Fields and
 * body are the edge's again when the call returns; the rest may be kept.
 */
import { isText, textOf } from "../http1/octets.ts";
import type { ToldDecision } from "../traffic_ports.ts";
import type { RequestHead } from "../http1/request_head.ts";

/** What the API is told of a request that is answered in this isolate. */
export interface LocalRequest {
  /** The fields; readable only during the call. */
  readonly fields: LocalFields;
  /** The whole body; valid only during the call. */
  readonly body: Uint8Array;
  /** Where the caller is, behind trusted proxies. */
  readonly callerIp: string;
  readonly requestId: string;
  /** Aborts when the caller leaves before it was answered. */
  readonly signal: AbortSignal;
}

/** Fields of a request, read as `Headers` reads them. */
export interface LocalFields {
  /** The value of a field, in any case; values of repeated ones are joined by `, `. Null when there is none. */
  get(name: string): string | null;
}

/** What the API answers. */
export interface LocalAnswer {
  readonly status: number;
  /** Names in lower case. What the edge says itself (id, connection, length, date) is left out of what is sent. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
  /** Code of a problem. */
  readonly code?: string;
  /** What was decided. */
  readonly decision?: ToldDecision;
}

/** Answers `POST /route`; never throws and never rejects unless the program is wrong. */
export type LocalApi = (
  request: LocalRequest,
) => LocalAnswer | Promise<LocalAnswer>;

/** The fields of the head that a caller's connection holds, as far as the API would get them. */
export class HeldFields implements LocalFields {
  readonly #bytes: Uint8Array;
  #head: RequestHead | undefined;

  /** Reads them where they are; what is dropped from the head does not count. */
  constructor(bytes: Uint8Array, head: RequestHead) {
    this.#bytes = bytes;
    this.#head = head;
  }

  get(name: string): string | null {
    if (this.#head === undefined) {
      throw new TypeError(
        `Cannot read field "${name}" of a request whose call is over`,
      );
    }
    const { fields } = this.#head;
    const bytes = this.#bytes;
    const lowerCase = name.toLowerCase();
    let found: string | null = null;
    for (let i = 0; i < fields.count; i++) {
      if (!isText(bytes, fields.nameStart(i), fields.nameEnd(i), lowerCase)) {
        continue;
      }
      if (fields.isDropped(i)) continue;
      const value = valueText(bytes, fields.valueStart(i), fields.valueEnd(i));
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  /** The octets are somebody else's now. */
  close(): void {
    this.#head = undefined;
  }
}

/** Values that are made in one call; longer ones letter by letter, since a call takes only so many arguments. */
const ONE_CALL_BYTES_MAX = 512;

/** A text put together letter by letter is as many objects as letters until it is read. */
function valueText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > ONE_CALL_BYTES_MAX) return textOf(bytes, start, end);
  // A spread would walk through an iterator.
  const octets = bytes.subarray(start, end);
  return Reflect.apply(String.fromCharCode, undefined, octets);
}

/** One request; a class, because a literal with a getter would get a shape of its own each time (measured: 2 KB). */
export class HeldRequest implements LocalRequest {
  readonly fields: HeldFields;
  readonly body: Uint8Array;
  readonly callerIp: string;
  readonly requestId: string;
  #controller: AbortController | undefined;
  #isGone = false;

  /** A request whose caller is there. */
  constructor(
    fields: HeldFields,
    body: Uint8Array,
    callerIp: string,
    requestId: string,
  ) {
    this.fields = fields;
    this.body = body;
    this.callerIp = callerIp;
    this.requestId = requestId;
  }

  /** Made when somebody asks for it, which most never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isGone) this.#controller.abort();
    return this.#controller.signal;
  }

  /** The caller has left. */
  leave(): void {
    this.#isGone = true;
    this.#controller?.abort();
  }
}
